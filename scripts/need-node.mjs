// need-node.mjs — starts a script of ours on a Node that can run TypeScript sources.
//
// `npm run` puts the devDependency `node` (24) in front of the PATH, also on a machine whose own Node
// is 20. Where its install script did not run (npm's ignore-scripts), this says so in one sentence
// instead of a syntax error. Plain JavaScript, so that any Node can read it.

import { spawn } from "node:child_process";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Cannot run: Node 22.18 or newer is needed, this is ${process.versions.node}, and the install script of the "node" package did not run; run: npm rebuild node --ignore-scripts=false`,
  );
  process.exit(1);
}

const [script, ...args] = process.argv.slice(2);
const child = spawn(process.execPath, ["--conditions=@telemetry/source", script, ...args], {
  stdio: "inherit",
});

// The child decides how to end, and we end the way it did. A terminal sends Ctrl-C to the whole group, so
// the child has it already; a supervisor signals only us.
process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
