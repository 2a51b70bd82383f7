// The page is built once into dist/, with hashed names, and served by the dashboard. While developing,
// `npx vite` serves it with questions passed on to a dashboard on its usual port.

import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig } from "vite";
import type { Plugin } from "vite";

const dashboard = "http://127.0.0.1:4320";

export default defineConfig({
  resolve: { conditions: ["@telemetry/source"] },
  plugins: [compressedBeside()],
  build: {
    target: "es2023",
    // The strict policy of the page allows no data: scripts, and fonts are files.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 300,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": dashboard, "/v1": dashboard, "/health": dashboard },
  },
});

/** Writes `name.br` and `name.gz` beside what is text, so that the dashboard never compresses while it serves. */
function compressedBeside(): Plugin {
  return {
    name: "compressed-beside",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      for (const [fileName, file] of Object.entries(bundle)) {
        if (!/\.(?:js|css|svg)$/.test(fileName)) continue;
        const source = file.type === "chunk" ? file.code : file.source;
        this.emitFile({
          type: "asset",
          fileName: `${fileName}.br`,
          source: brotliCompressSync(source),
        });
        this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source: gzipSync(source) });
      }
    },
  };
}
