// not-started.ts — what `startSpan().end()` costs a library whose user never started telemetry.

import { startSpan } from "@telemetry/sdk";

const CALLS = 5_000_000;
const ROUNDS = 7;

const perCall: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const startMs = performance.now();
  for (let i = 0; i < CALLS; i++) startSpan("work").end();
  perCall.push(((performance.now() - startMs) * 1e6) / CALLS);
}
process.stdout.write(`${JSON.stringify(perCall.slice(2))}\n`);
