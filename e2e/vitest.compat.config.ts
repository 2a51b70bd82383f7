// Compatibility: the packed tarballs as a stranger's project sees them, and senders that are not ours,
// each in a folder with a lock file of its own. Skipped with a sentence where the registry is not reached.

import { defineConfig } from "vitest/config";

const conditions = ["@telemetry/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: "e2e",
    fileParallelism: false,
    execArgv: ["--conditions=@telemetry/source"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      { extends: true, test: { name: "packed", include: ["compat/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "senders",
          include: ["senders/*/*.test.ts"],
          globalSetup: ["senders/support/one-dashboard.ts"],
        },
      },
    ],
  },
});
