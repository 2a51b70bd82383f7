#!/usr/bin/env node
// telemetry.mjs — the `telemetry` command as installed. Plain JavaScript, so that a Node that is too old
// gets a sentence instead of a syntax error.

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Cannot start the dashboard: Node 22.18 or newer is needed, this is ${process.versions.node}; start it with a newer Node`,
  );
  process.exit(1);
}
await import("../dist/command.js");
