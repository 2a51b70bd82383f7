// abuse.ts — a real dashboard in its own process, and everything that a bad client can do to it. Beside the abuse an
// honest sender (witness.ts) goes on sending; at the end each of its spans must be stored.
//
//   mutated requests ─┐
//   floods ───────────┼──▶ dashboard ──▶ engine
//   witness ──────────┘       └── observer: event loop, memory

import { get, until } from "../support/api.ts";
import { startDashboard, type RunningDashboard } from "../support/running-dashboard.ts";
import type { PipelineStatus } from "../../packages/dashboard/src/contract/contract.ts";
import { sendBombs } from "./floods/bombs.ts";
import { openManyConnections } from "./floods/connections.ts";
import { fillMemory } from "./floods/full-memory.ts";
import { floodHttp2 } from "./floods/http2-floods.ts";
import { sendLargeBodies } from "./floods/large-bodies.ts";
import { openSlowClients } from "./floods/slow-clients.ts";
import { sendMutated } from "./mutated.ts";
import type { Outcomes } from "./outcomes.ts";
import { OBSERVER, Vitals, type VitalsReport } from "./vitals.ts";
import { Witness, WITNESS_SERVICE, type WitnessReport } from "./witness.ts";

export interface AbuseOptions {
  readonly seed: number;
  /** Spoilt requests. */
  readonly requests: number;
  /** They end after this time, however many there were. */
  readonly requestsMsMax: number;
  /** Rounds of bombs, and how many large bodies of each kind come at once. */
  readonly rounds: number;
  readonly connections: number;
  readonly connectionsMs: number;
  /** Of each kind. */
  readonly slowClients: number;
  readonly http2: { readonly connections: number; readonly frames: number };
  /** Told now and then how far it is. */
  readonly tell?: (progress: string) => void;
}

export interface AbusePart {
  readonly name: string;
  readonly seconds: number;
  readonly outcomes: Outcomes;
  readonly vitals: VitalsReport;
  readonly witness: WitnessReport;
}

export interface AbuseReport {
  readonly seed: number;
  readonly parts: readonly AbusePart[];
  readonly isAlive: boolean;
  /** Spans of the witness: acknowledged, and found at the end, once each. */
  readonly acknowledged: number;
  readonly stored: number;
  /** Of the station `receive`, at the end. */
  readonly counters: Readonly<Record<string, number>>;
}

/** How long everything acknowledged may take to be stored at the end. */
const STORED_WITHIN_MS = 60_000;
/** Twice as many as there is memory for. */
const BODIES_AT_ONCE = 8;
const WARM_UP_REQUESTS = 500;

export async function runAbuse(options: AbuseOptions): Promise<AbuseReport> {
  const dashboard = await startDashboard({ execArgv: ["--import", OBSERVER] });
  const witness = new Witness(dashboard);
  try {
    const vitals = new Vitals(dashboard.process);
    const parts: AbusePart[] = [];
    await sendMutated(dashboard, { seed: options.seed, count: WARM_UP_REQUESTS });
    vitals.take();
    await witness.take(); // tables are made, code is compiled: not what is asked here
    for (const [name, run] of partsOf(dashboard, options)) {
      const startedAtMs = performance.now();
      const outcomes = await run();
      const seconds = (performance.now() - startedAtMs) / 1_000;
      parts.push({ name, seconds, outcomes, vitals: vitals.take(), witness: await witness.take() });
    }
    await witness.stop();
    const stored = await countStored(dashboard, witness.sent);
    return {
      seed: options.seed,
      parts,
      isAlive: vitals.isAlive,
      acknowledged: witness.sent,
      stored,
      counters: await countersOf(dashboard),
    };
  } finally {
    await witness.end();
    await dashboard.stop();
  }
}

type Part = readonly [name: string, run: () => Promise<Outcomes>];

/** Slow clients take their time, so they are there while the others come. */
function partsOf(dashboard: RunningDashboard, options: AbuseOptions): Part[] {
  const { seed, requests: count, requestsMsMax, rounds, connections, connectionsMs } = options;
  const slow = () => openSlowClients(dashboard, options.slowClients);
  let slowClients: Promise<Outcomes> | undefined;
  const mutated = () => {
    slowClients = slow();
    const tell = options.tell && { tell: options.tell };
    return sendMutated(dashboard, { seed: seed + 1, count, timeMsMax: requestsMsMax, ...tell });
  };
  return [
    ["mutated requests", mutated],
    ["zip bombs of 10 GB", () => sendBombs(dashboard, rounds)],
    ["bodies of 100 MB", () => sendLargeBodies(dashboard, rounds)],
    ["bodies of 60 MB at once", () => fillMemory(dashboard, BODIES_AT_ONCE * rounds)],
    [
      `${connections} connections`,
      () => openManyConnections(dashboard, { count: connections, holdMs: connectionsMs }),
    ],
    ["HTTP/2 floods", () => floodHttp2(dashboard, options.http2)],
    ["slow and half-open clients", async () => await (slowClients ?? slow())],
  ];
}

async function countersOf({ url }: RunningDashboard): Promise<Record<string, number>> {
  const { stations } = await get<PipelineStatus>(url, "/api/v1/pipeline");
  return stations.find(({ station }) => station === "receive")?.counters ?? {};
}

/** Spans of the witness, each counted once; waits until there are as many as there must be. */
async function countStored({ url }: RunningDashboard, expected: number): Promise<number> {
  let stored = 0;
  const look = async () => {
    stored = await countSpans(url);
    return stored >= expected;
  };
  await until("the spans of the witness", look, STORED_WITHIN_MS).catch(() => {});
  return stored;
}

async function countSpans(url: string): Promise<number> {
  const query = `SELECT count() AS spans, uniqExact(SpanId) AS ids FROM otel_traces WHERE ServiceName = '${WITNESS_SERVICE}'`;
  const response = await fetch(new URL("/api/v1/query/sql", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  if (!response.ok)
    throw new Error(`Cannot count spans: ${response.status} ${await response.text()}`);
  const { rows } = (await response.json()) as { rows: unknown[][] };
  const [spans, ids] = (rows[0] ?? []).map(Number);
  if (spans !== ids)
    throw new Error(`Cannot accept ${spans} spans with ${ids} ids: some are stored twice`);
  return ids ?? 0;
}
