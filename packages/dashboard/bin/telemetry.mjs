#!/usr/bin/env node
// telemetry.mjs — the published command: a sentence on a Node that is too old, the dashboard otherwise.
// Plain JavaScript without new syntax, so that any Node can read it.

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    "Cannot start telemetry: Node 22.18 or newer is needed, this is " +
      process.versions.node +
      "; install a newer Node, or run it with: npx -p node@24 -p @telemetry/dashboard telemetry",
  );
  process.exit(1);
}

await import("../dist/command.js");
