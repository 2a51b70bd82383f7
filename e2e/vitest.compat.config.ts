// Compatibility: the packed tarballs as a stranger's project sees them, and senders that are not ours,
// each in a folder with a lock file of its own. Skipped with a sentence where the registry is not reached.

import { defineConfig } from "vitest/config";

const conditions = ["@telemetry/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: "compat",
    root: "e2e",
    include: ["compat/*.test.ts"],
    fileParallelism: false,
    execArgv: ["--conditions=@telemetry/source"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    passWithNoTests: true,
  },
});
