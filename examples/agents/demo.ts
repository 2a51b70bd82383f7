// demo.ts — `npm run demo`: the dashboard, the planner and the coordinator, each a process of its own.
//
//   npm run demo                   until Ctrl-C, a new workflow every few seconds
//   npm run demo -- --once         one workflow, then it ends
//   npm run demo -- --port 5000    other arguments go to the dashboard

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { buildPage } from "../../scripts/build-page.ts";

const root = resolve(import.meta.dirname, "../..");
const args = process.argv.slice(2);
const isOnce = args.includes("--once");
const dashboardArgs = args.filter((argument) => argument !== "--once");
if (!args.includes("--data")) dashboardArgs.push("--data", join(root, "tmp/demo"));

if (await buildPage()) console.log("The page is built.");

// In a group of its own, so that Ctrl-C ends the agents first and nobody talks to a dashboard that is gone.
const dashboard = fork(join(root, "packages/dashboard/src/command/command.ts"), dashboardArgs, {
  detached: true,
});
const [ready] = (await Promise.race([
  once(dashboard, "message"),
  once(dashboard, "exit").then(() => process.exit(1)),
])) as [{ url: string; otlpHttpUrl: string }];

const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: ready.otlpHttpUrl };
const planner = fork(join(import.meta.dirname, "planner.ts"), { env });
const [address] = (await once(planner, "message")) as [{ port: number }];
const coordinator = fork(join(import.meta.dirname, "coordinator.ts"), isOnce ? ["--once"] : [], {
  env: { ...env, PLANNER_URL: `http://127.0.0.1:${address.port}` },
});
console.log(`Agents are at work: ${ready.url}traces  (Ctrl-C ends everything)`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
await once(coordinator, "exit");
await stop();

async function stop(): Promise<void> {
  for (const child of [coordinator, planner, dashboard]) await end(child);
  process.exit();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
