// memory-holder.ts — fills one side's queue while nothing can leave, and prints what a queued span holds.
//
//   node --expose-gc memory-holder.ts ours|otel-2|otel-3

import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { openOursTo } from "./ours.ts";
import type { Side, SideName } from "./side.ts";
import { openTheirs } from "./theirs.ts";

const SPANS = 20_000;
const [name] = process.argv.slice(2) as [SideName];

// Takes connections and never answers, so that spans wait.
const server = createServer(() => {}).listen(0, "127.0.0.1", () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { queueSize: SPANS * 2 };
  const side =
    name === "ours" ? openOursTo(url, options) : openTheirs(name, true, { url, ...options });
  measure(side);
});

function measure(side: Side): void {
  make(side, 1_000);
  const before = held();
  make(side, SPANS);
  const after = held();
  const printed = {
    bytesPerSpan: (after.all - before.all) / SPANS,
    heapBytesPerSpan: (after.heap - before.heap) / SPANS,
  };
  process.stdout.write(`${JSON.stringify(printed)}\n`, () => process.exit());
}

function make({ tracer }: Side, count: number): void {
  for (let i = 0; i < count; i++) {
    const span = tracer.startSpan("GET /orders/:id");
    span.setAttribute("http.route", "/orders/:id");
    span.setAttribute("order.id", i);
    span.setAttribute("order.paid", true);
    span.end();
  }
}

function held(): { all: number; heap: number } {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  // `external` counts array buffers, too.
  return { all: heapUsed + external, heap: heapUsed };
}
