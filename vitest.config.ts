// One run for every package. Inline projects with `extends: true` keep the source condition, which a
// glob of project folders would lose.

import { defineConfig } from "vitest/config";

const conditions = ["@telemetry/source"];
const packages = ["otlp", "sdk", "dashboard", "web"] as const;

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // A shared machine now and then holds a test up past its time. What is wrong stays wrong when tried again.
    retry: process.env["CI"] === "true" ? 2 : 0,
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      exclude: ["**/*.test.ts", "**/*.bench.ts", "**/testdata/**", "packages/web/src/app/**"],
      reporter: ["text-summary", "json-summary"],
      thresholds: Object.fromEntries(
        packages.map((name) => [`packages/${name}/**`, { lines: 80, branches: 80 }]),
      ),
    },
    projects: packages.map((name) => ({
      extends: true,
      test: {
        name,
        root: `packages/${name}`,
        include: ["src/**/*.test.ts"],
        execArgv: ["--conditions=@telemetry/source"],
      },
    })),
  },
});
