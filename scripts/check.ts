// check.ts — everything about the sources that needs no running: format, lint, types, borders, dead code, build.

import { runSteps, type Step } from "./steps.ts";

const packages = ["otlp", "sdk", "dashboard", "web"];

const steps: Step[] = [
  { name: "format", command: "oxfmt", args: ["--check"] },
  { name: "lint", command: "oxlint", args: ["--deny-warnings"] },
  ...packages.map((name) => ({
    name: `types: ${name}`,
    command: "tsc",
    args: ["-p", `packages/${name}`],
  })),
  { name: "types: scripts, examples, bench, e2e", command: "tsc", args: ["-p", "."] },
  { name: "borders and docs", command: "node", args: ["scripts/borders.ts"] },
  { name: "dead code", command: "knip", args: [] },
  {
    name: "build and pack",
    command: "node",
    args: ["--conditions=@telemetry/source", "scripts/pack.ts"],
  },
];

await runSteps(steps);
