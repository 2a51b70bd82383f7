// server.ts — `npm run bench:server`: an express and a fastify server under load, without an SDK, with ours and
// with OpenTelemetry JS 3.1.1, instrumented by the same packages from npm.
//
// Server, load generator and receiver are processes of their own; sides take turns within a round. With more
// processes than cores the load generator takes part of the time, on every side alike.
//
//   npm run bench:server -- [--rounds 3] [--seconds 8]

import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { installTheirs } from "../support/install-theirs.ts";
import { describeMachine } from "../support/machine.ts";
import { spreadOf } from "../support/statistics.ts";
import type { Spread } from "../support/statistics.ts";

const FRAMEWORKS = ["express", "fastify"] as const;
const SIDES = ["none", "ours", "otel-3"] as const;
const CONNECTIONS = 32;
const WARM_UP_SECONDS = 3;

type Framework = (typeof FRAMEWORKS)[number];
type Side = (typeof SIDES)[number];

interface Load {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

interface Result {
  readonly framework: Framework;
  readonly side: Side;
  readonly requestsPerSecond: Spread;
  readonly p99Ms: Spread;
}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "8" },
  },
});
const seconds = Number(values.seconds);
const folder = resolve(import.meta.dirname, "../theirs/server");
installTheirs(["server"]);
const autocannon = createRequire(join(folder, "package.json")).resolve("autocannon");

const runs = new Map<string, Load[]>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const framework of FRAMEWORKS) {
    for (const side of SIDES) {
      const load = await measure(framework, side);
      console.log(
        `${framework} ${side}: ${load.requestsPerSecond} requests/s, p99 ${load.p99Ms} ms`,
      );
      const key = `${framework} ${side}`;
      runs.set(key, [...(runs.get(key) ?? []), load]);
    }
  }
}
const machine = describeMachine();
const results = FRAMEWORKS.flatMap((framework) => SIDES.map((side) => resultOf(framework, side)));
const text = formatReport(results);
console.log(`\n${text}`);
const directory = resolve(import.meta.dirname, "../results");
mkdirSync(directory, { recursive: true });
const report = { machine, command: "npm run bench:server", seconds, results };
writeFileSync(join(directory, "server.json"), `${JSON.stringify(report, null, 2)}\n`);
writeFileSync(join(directory, "server.md"), text);

async function measure(framework: Framework, side: Side): Promise<Load> {
  const receiver = start([resolve(import.meta.dirname, "../trace/steady-receiver.ts")]);
  const receiverUrl = `http://127.0.0.1:${await portOf(receiver)}`;
  const condition = side === "ours" ? ["--conditions=@telemetry/source"] : [];
  const server = start([...condition, join(folder, "app.cjs"), framework, side, receiverUrl]);
  try {
    const url = `http://127.0.0.1:${await portOf(server)}/orders/42`;
    runLoad(url, WARM_UP_SECONDS);
    const load = runLoad(url, seconds);
    await proveExport(side, receiverUrl);
    return load;
  } finally {
    for (const child of [server, receiver]) {
      child.stdin?.end();
      await once(child, "exit");
    }
  }
}

function start(args: string[]): ChildProcess {
  return spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
}

async function portOf(child: ChildProcess): Promise<string> {
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  return line.toString().trim();
}

function runLoad(url: string, durationSeconds: number): Load {
  const args = [
    autocannon,
    "--json",
    "-c",
    String(CONNECTIONS),
    "-d",
    String(durationSeconds),
    url,
  ];
  const printed = execFileSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { requests, latency, errors, non2xx } = JSON.parse(printed) as {
    requests: { average: number };
    latency: { p99: number };
    errors: number;
    non2xx: number;
  };
  if (errors + non2xx > 0) {
    throw new Error(`Cannot compare servers: ${errors + non2xx} requests failed`);
  }
  return { requestsPerSecond: Math.round(requests.average), p99Ms: latency.p99 };
}

/** A side that records nothing would win. */
async function proveExport(side: Side, receiverUrl: string): Promise<void> {
  const counts = (await (await fetch(`${receiverUrl}/counts`)).json()) as { requestCount: number };
  if (counts.requestCount > 0 !== (side !== "none")) {
    throw new Error(`Cannot compare servers: ${side} exported ${counts.requestCount} requests`);
  }
}

function resultOf(framework: Framework, side: Side): Result {
  const loads = runs.get(`${framework} ${side}`) ?? [];
  return {
    framework,
    side,
    requestsPerSecond: spreadOf(loads.map((load) => load.requestsPerSecond)),
    p99Ms: spreadOf(loads.map((load) => load.p99Ms)),
  };
}

function formatReport(rows: readonly Result[]): string {
  const spread = ({ median, min, max }: Spread): string => `${median} (${min} to ${max})`;
  const without = (framework: Framework): number =>
    rows.find((row) => row.framework === framework && row.side === "none")?.requestsPerSecond
      .median ?? NaN;
  return [
    "# A server under load",
    "",
    `\`npm run bench:server\` on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, Node ${machine.node}, ${machine.date}; ${values.rounds} rounds of ${seconds} s, ${CONNECTIONS} connections; median (smallest to largest). Server, autocannon and receiver share the cores.`,
    "",
    "`GET /orders/:id` with the official http and express instrumentations on both sides; spans are exported by OTLP/HTTP to another process.",
    "",
    "| server | side | requests/s | of no SDK | p99, ms |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(
      ({ framework, side, requestsPerSecond, p99Ms }) =>
        `| ${framework} | ${side} | ${spread(requestsPerSecond)} | ${Math.round((requestsPerSecond.median / without(framework)) * 100)} % | ${spread(p99Ms)} |`,
    ),
    "",
  ].join("\n");
}
