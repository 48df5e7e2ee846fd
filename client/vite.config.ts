import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { defineConfig, type Plugin } from "vite";

/** The server to which `npm run dev` forwards API requests: a running `python app.py`. */
const API = "http://127.0.0.1:1337";
const ROUTES = ["/chat", "/reports", "/login", "/register", "/kurs", "/docs", "/openapi.json", "/asyncapi.json", "/manifest.webmanifest", "/icons"];

/** Copies the builds of socket.io-client that pages load from /socket.io/, as from Node's servers. */
function socketIoClient(): Plugin {
  const folder = dirname(createRequire(import.meta.url).resolve("socket.io-client/dist/socket.io.js"));
  const builds = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js"];
  return {
    name: "socket.io-client",
    generateBundle() {
      for (const name of builds.flatMap((build) => [build, `${build}.map`])) {
        this.emitFile({ type: "asset", fileName: `socket.io/${name}`, source: readFileSync(join(folder, name)) });
      }
    },
  };
}

export default defineConfig({
  plugins: [socketIoClient()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../me_api/static",
    emptyOutDir: true,
    target: "es2022",
    // An inlined font or image would be a data: URL, which the Content Security Policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { ...Object.fromEntries(ROUTES.map((route) => [route, API])), "/socket.io": { target: API, ws: true } },
  },
});
