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
    include: ["{journey,demo,examples,sampling,chaos,page,abuse}/**/*.test.ts"],
    fileParallelism: false,
    // A shared machine now and then holds a test up past its time. What is wrong stays wrong when tried again.
    retry: process.env["CI"] === "true" ? 2 : 0,
    execArgv: ["--conditions=@telemetry/source"],
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
