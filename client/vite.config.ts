import { defineConfig } from "vite";

/** `npm run dev` serves the page with the API of a running `python app.py` behind it. */
const API = "http://127.0.0.1:1337";
const ROUTES = ["/chat", "/reports", "/login", "/register", "/docs", "/openapi.json", "/asyncapi.json"];

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../me_api/static",
    emptyOutDir: true,
    target: "es2022",
    // A font or picture inside the style sheet would be a data: address, which the policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { ...Object.fromEntries(ROUTES.map((route) => [route, API])), "/socket.io": { target: API, ws: true } },
  },
});
