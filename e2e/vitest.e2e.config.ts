// The journeys: real processes, a real engine, a real browser. One file at a time, because two cores
// and one browser give honest times only when nothing else runs.

import { defineConfig } from "vitest/config";

const conditions = ["@telemetry/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: "e2e",
    root: "e2e",
    include: ["{journey,demo,examples,chaos,page}/**/*.test.ts"],
    fileParallelism: false,
    execArgv: ["--conditions=@telemetry/source"],
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
