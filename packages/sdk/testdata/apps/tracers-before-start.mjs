// Tracers taken at module top, before start, from the ESM and from the CommonJS build of the api.

import { createRequire } from "node:module";
import * as esm from "@opentelemetry/api";

const require = createRequire(import.meta.url);
const cjs = require("@opentelemetry/api");
const tracers = { esm: esm.trace.getTracer("top", "1"), cjs: cjs.trace.getTracer("top", "1") };
const unrecorded = tracers.cjs.startSpan("before").isRecording();

const { doctor, shutdown, startTelemetry, withSpan } = await import("@telemetry/sdk");
startTelemetry({ serviceName: "tracers" });

const recording = Object.fromEntries(
  Object.entries(tracers).map(([name, tracer]) => {
    const span = tracer.startSpan(name);
    const isRecording = span.isRecording();
    span.end();
    return [name, isRecording];
  }),
);
const sameContext = withSpan("outer", (span) => [
  esm.trace.getActiveSpan() === span,
  cjs.trace.getActiveSpan() === span,
]);
const { apiCopies } = await doctor();
await shutdown();
console.log(
  JSON.stringify({
    sameCopy: esm.trace === cjs.trace,
    unrecorded,
    recording,
    sameContext,
    copies: apiCopies.map(({ version }) => version),
  }),
);
