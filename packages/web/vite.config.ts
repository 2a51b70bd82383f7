// The page is built once into dist/, with hashed names, and served by the dashboard. While developing,
// `npx vite` serves it with questions passed on to a dashboard on its usual port.

import { defineConfig } from "vite";

const dashboard = "http://127.0.0.1:4320";

export default defineConfig({
  resolve: { conditions: ["@telemetry/source"] },
  build: {
    target: "es2023",
    // The strict policy of the page allows no data: scripts, and fonts are files.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 300,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es" },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": dashboard, "/v1": dashboard, "/health": dashboard },
  },
});
