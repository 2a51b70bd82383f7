// native.bench.ts — what a span costs from a decoded batch to the bytes of its insert.
//
//   node --conditions=@telemetry/source packages/dashboard/src/store/native/native.bench.ts

import { decodeRequest, type TraceBatch } from "@telemetry/otlp";
import { benchRequest } from "../testdata/bench-request.ts";
import { traces } from "../tables/tables.ts";
import { encodeBlock, planRows } from "./native.ts";

const REQUESTS = 40;
const SPANS = 500;
const ROUNDS = 30;

const body = benchRequest(SPANS, 0);
const options = { receivedAtMs: Date.now(), retentionMs: 86_400_000, countOversized: () => {} };
const batches = Array.from({ length: REQUESTS }, (): TraceBatch =>
  decodeRequest("traces", "protobuf", body.slice()),
);

const roundsUs = Array.from({ length: ROUNDS }, () => {
  const start = performance.now();
  const planned = batches.flatMap((batch) => planRows(batch, options));
  const { block, to } = encodeBlock(traces, planned, 0, REQUESTS * SPANS);
  block.take();
  return ((performance.now() - start) * 1_000) / to;
}).toSorted((left, right) => left - right);

const [best, median] = [roundsUs[0], roundsUs[ROUNDS / 2]] as [number, number];
console.log(
  `${REQUESTS * SPANS} spans of ${Math.round(body.length / SPANS)} bytes: ${median.toFixed(2)} µs per span (best ${best.toFixed(2)})`,
);
