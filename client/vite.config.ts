import { defineConfig } from "vite";

/** The server to which `npm run dev` forwards API requests: a running `python app.py`. */
const API = "http://127.0.0.1:1337";
const ROUTES = ["/chat", "/reports", "/login", "/register", "/docs", "/openapi.json", "/asyncapi.json"];

export default defineConfig({
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
