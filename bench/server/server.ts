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
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { installTheirs } from "../support/install-theirs.ts";
import { describeMachine } from "../support/machine.ts";
import { spreadOf } from "../support/statistics.ts";
import type { Spread } from "../support/statistics.ts";

const FRAMEWORKS = ["express", "fastify"] as const;
const SIDES = ["none", "ours", "otel-3"] as const;
const CONNECTIONS = 32;
const WARM_UP_SECONDS = 3;
/** Nothing comes any more but a last request that is not full, for which theirs waits longer. */
const SETTLED_MS = 2_000;

type Framework = (typeof FRAMEWORKS)[number];
type Side = (typeof SIDES)[number];

interface Load {
  readonly requestCount: number;
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

interface Run extends Load {
  /** Spans that arrived per request. */
  readonly spansPerRequest: number;
}

interface Result {
  readonly framework: Framework;
  readonly side: Side;
  readonly requestsPerSecond: Spread;
  readonly p99Ms: Spread;
  readonly spansPerRequest: Spread;
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

const runs = new Map<string, Run[]>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const framework of FRAMEWORKS) {
    for (const side of SIDES) {
      const load = await measure(framework, side);
      console.log(
        `${framework} ${side}: ${load.requestsPerSecond} requests/s, p99 ${load.p99Ms} ms, ${load.spansPerRequest} spans arrived per request`,
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

async function measure(framework: Framework, side: Side): Promise<Run> {
  const receiver = start([join(import.meta.dirname, "receiver.ts")]);
  const receiverUrl = `http://127.0.0.1:${await portOf(receiver)}`;
  const condition = side === "ours" ? ["--conditions=@telemetry/source"] : [];
  const server = start([...condition, join(folder, "app.cjs"), framework, side, receiverUrl]);
  try {
    const url = `http://127.0.0.1:${await portOf(server)}/orders/42`;
    const warmUp = runLoad(url, WARM_UP_SECONDS);
    const load = runLoad(url, seconds);
    const spanCount = await countSpans(side, receiverUrl);
    const spansPerRequest = spanCount / (warmUp.requestCount + load.requestCount);
    return { ...load, spansPerRequest: Number(spansPerRequest.toFixed(2)) };
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
    requests: { average: number; total: number };
    latency: { p99: number };
    errors: number;
    non2xx: number;
  };
  if (errors + non2xx > 0) {
    throw new Error(`Cannot compare servers: ${errors + non2xx} requests failed`);
  }
  return {
    requestCount: requests.total,
    requestsPerSecond: Math.round(requests.average),
    p99Ms: latency.p99,
  };
}

/** A side that records less, or something else, would win. */
async function countSpans(side: Side, receiverUrl: string): Promise<number> {
  const ask = async (path: string) => await (await fetch(`${receiverUrl}/${path}`)).json();
  for (let before: unknown, now: unknown = -1; now !== before; now = await ask("requests")) {
    before = now;
    await sleep(SETTLED_MS);
  }
  const counts = (await ask("counts")) as { spanCount: number; otherCount: number };
  if (counts.otherCount > 0 || counts.spanCount > 0 !== (side !== "none")) {
    throw new Error(`Cannot compare servers: ${side} sent ${JSON.stringify(counts)}`);
  }
  return counts.spanCount;
}

function resultOf(framework: Framework, side: Side): Result {
  const loads = runs.get(`${framework} ${side}`) ?? [];
  return {
    framework,
    side,
    requestsPerSecond: spreadOf(loads.map((load) => load.requestsPerSecond)),
    p99Ms: spreadOf(loads.map((load) => load.p99Ms)),
    spansPerRequest: spreadOf(loads.map((load) => load.spansPerRequest)),
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
    "`GET /orders/:id` with the official http and express instrumentations on both sides; spans are exported by OTLP/HTTP to another process. A request of express makes two spans, one of fastify one; what is missing met a full queue (2 048 spans on both sides).",
    "",
    "| server | side | requests/s | of no SDK | p99, ms | spans that arrived per request |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows.map(
      ({ framework, side, requestsPerSecond, p99Ms, spansPerRequest }) =>
        `| ${framework} | ${side} | ${spread(requestsPerSecond)} | ${Math.round((requestsPerSecond.median / without(framework)) * 100)} % | ${spread(p99Ms)} | ${spread(spansPerRequest)} |`,
    ),
    "",
  ].join("\n");
}
