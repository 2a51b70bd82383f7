// propagation.ts — runs one row of the propagation table on one side, in a process of its own, and prints what it
// cost as JSON.
//
//   node propagation.ts ours|otel-2|otel-3 <row>
//
// Through the official api with plain objects as carriers, the default propagators on every side (trace context and
// baggage). What a call needs is made before and not timed; each call gets a span or headers that nobody has seen, as
// a request would: nothing can be answered from a cache.

import type { Context } from "@opentelemetry/api";
import { openOurs } from "./ours.ts";
import type { Side, SideName } from "./side.ts";
import { openTheirs } from "./theirs.ts";

const BURST_CALLS = 1_024;
const WARM_UP_MS = 1_000;
const MEASURE_MS = 1_500;

type Headers = Record<string, string>;

/** What an HTTP client of Node sends, beside what is looked for. */
const HEADERS: Headers = {
  host: "shop.example:8080",
  connection: "keep-alive",
  accept: "*/*",
  "user-agent": "node",
};
const STATE = "ot=th:c;rv:6e6d1a75832a2f,congo=t61rcWkgMzE,rojo=00f067aa0ba902b7";

export const ROWS = {
  inject: { title: "inject traceparent", state: undefined, isInject: true },
  extract: { title: "extract traceparent", state: undefined, isInject: false },
  "inject-state": { title: "inject, tracestate of 3 members", state: STATE, isInject: true },
  "extract-state": { title: "extract, tracestate of 3 members", state: STATE, isInject: false },
} as const satisfies Record<string, object>;

export type RowName = keyof typeof ROWS;

export interface MeasuredRow {
  readonly nsPerCall: number;
  /** What came out of fixed input, in words. */
  readonly says: string;
}

let made = 0;
function incoming(state: string | undefined): Headers {
  made++;
  const traceId = (made * 0x9e3779b1).toString(16).padStart(32, "4bf92f3577b34da6a3ce929d0e0e4736");
  const spanId = (made + 2 ** 40).toString(16).padStart(16, "0");
  const headers = { ...HEADERS, traceparent: flat(`00-${traceId}-${spanId}-01`) };
  return state === undefined ? headers : { ...headers, tracestate: flat(state + (made % 10)) };
}

/** A text as a socket gives it: in one piece. */
function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

/** A context with a span of its own that was just started. */
function requested({ api, tracer }: Side, state: string | undefined): Context {
  const parent =
    state === undefined
      ? api.ROOT_CONTEXT
      : api.propagation.extract(api.ROOT_CONTEXT, incoming(state));
  const span = tracer.startSpan("GET", undefined, parent);
  const context = api.trace.setSpan(parent, span);
  span.end();
  return context;
}

if (process.argv[1] === import.meta.filename) {
  const [sideName, rowName] = process.argv.slice(2) as [SideName, RowName];
  const side = sideName === "ours" ? openOurs(false) : openTheirs(sideName, false);
  run(side, rowName, WARM_UP_MS);
  const result: MeasuredRow = {
    nsPerCall: run(side, rowName, MEASURE_MS),
    says: describe(side, rowName),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
}

/** Nanoseconds per call, of the calls alone. */
function run(side: Side, rowName: RowName, ms: number): number {
  const { isInject, state } = ROWS[rowName];
  const burst = isInject ? injectBurst : extractBurst;
  let calls = 0;
  let spentMs = 0;
  for (let endMs = performance.now() + ms; performance.now() < endMs; calls += BURST_CALLS) {
    spentMs += burst(side, state);
  }
  return (spentMs * 1e6) / calls;
}

function injectBurst(side: Side, state: string | undefined): number {
  const { propagation } = side.api;
  const contexts = Array.from({ length: BURST_CALLS }, () => requested(side, state));
  const carriers = contexts.map((): Headers => ({ ...HEADERS }));
  const startMs = performance.now();
  for (let at = 0; at < BURST_CALLS; at++) propagation.inject(contexts[at]!, carriers[at]);
  return performance.now() - startMs;
}

function extractBurst(side: Side, state: string | undefined): number {
  const { propagation, ROOT_CONTEXT } = side.api;
  const carriers = Array.from({ length: BURST_CALLS }, () => incoming(state));
  const extracted: Context[] = Array.from({ length: BURST_CALLS }, () => ROOT_CONTEXT);
  const startMs = performance.now();
  for (let at = 0; at < BURST_CALLS; at++) {
    extracted[at] = propagation.extract(ROOT_CONTEXT, carriers[at]);
  }
  return performance.now() - startMs;
}

/** The same on every side, or the sides have not done the same work. */
function describe(side: Side, rowName: RowName): string {
  const { api } = side;
  const { state } = ROWS[rowName];
  made = 0;
  const lines = [1, 2, 3].map(() => {
    const carrier = incoming(state);
    const context = api.propagation.extract(api.ROOT_CONTEXT, carrier);
    const found = api.trace.getSpanContext(context);
    const sent: Headers = {};
    api.propagation.inject(context, sent);
    return { ...found, traceState: found?.traceState?.serialize(), sent };
  });
  const fresh: Headers = {};
  const context = requested(side, state);
  api.propagation.inject(context, fresh);
  const { traceId, spanId } = api.trace.getSpanContext(context)!;
  const isOwn = fresh["traceparent"]?.startsWith(`00-${traceId}-${spanId}-0`);
  return JSON.stringify([...lines, { isOwn, tracestate: fresh["tracestate"] }], sortedKeys);
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
