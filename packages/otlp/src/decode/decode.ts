// decode.ts — an OTLP export request, straight from its bytes to columns.
//
//   protobuf ─────────────────────┐
//   JSON ──transcode──▶ protobuf ─┴─measure──▶ sizes, rows to reject ──fill──▶ Batch
//
// A protobuf body becomes the batch's arena as it is: no string is copied or turned into UTF-16.

import type { Batch, LogBatch, MetricBatch, RejectedRows, Signal, TraceBatch } from "../batch.ts";
import { JsonPathError, transcodeJson } from "../json/json.ts";
import { findFieldPath, REQUEST_SCHEMAS } from "../schema/schema.ts";
import { WireError } from "../wire/wire.ts";
import { Findings } from "./findings.ts";
import { decodeLogs } from "./logs.ts";
import {
  MalformedPayloadError,
  type MalformedPayloadErrorOptions,
} from "./malformed-payload-error.ts";
import { decodeMetrics } from "./metrics/metrics.ts";
import { decodeTraces } from "./traces/traces.ts";

export { MalformedPayloadError };
export { wordsOf } from "./column-allocator.ts";

/** `application/x-protobuf` or `application/json`. */
export type Encoding = "protobuf" | "json";

export interface BatchOf {
  traces: TraceBatch;
  logs: LogBatch;
  metrics: MetricBatch;
}

const DECODERS = { traces: decodeTraces, logs: decodeLogs, metrics: decodeMetrics };

/**
 * Decodes an ExportTraceServiceRequest, ExportLogsServiceRequest or ExportMetricsServiceRequest.
 *
 * A protobuf `body` that fills its whole buffer belongs to the batch from then on; a slice of a larger buffer is
 * copied. Throws MalformedPayloadError when the body as a whole is unusable. Rows that are wrong alone are left
 * out and counted in `batch.rejected`. The result is a function of the bytes only.
 */
export function decodeRequest<S extends Signal>(
  signal: S,
  encoding: Encoding,
  body: Uint8Array,
): BatchOf[S] {
  const arena = encoding === "json" ? fromJson(signal, body) : ownedBytes(body);
  const findings = new Findings(arena.length);
  const fieldAt = (offset: number) =>
    findFieldPath(
      arena,
      offset,
      REQUEST_SCHEMAS[signal],
      encoding === "json" ? "jsonName" : "name",
    );
  const place = (offset: number) => describePlace(encoding, fieldAt(offset), offset);
  try {
    const columns = DECODERS[signal](arena, findings);
    return { ...columns, rejected: rejectedRows(findings, place) } as BatchOf[S];
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const field = fieldAt(error.offset);
    const problem = describePlace(encoding, field, error.offset) + error.message;
    throw malformed(signal, problem, { field, cause: error });
  }
}

/**
 * The buffers to transfer with a batch, which cannot be read here after that. The arena of a protobuf request is
 * the request's body, so whoever still needs the body must be done with it.
 */
export function transferablesOf(batch: Batch): ArrayBuffer[] {
  return [batch.arena.buffer as ArrayBuffer, batch.attributes.type.buffer as ArrayBuffer];
}

function fromJson(signal: Signal, body: Uint8Array): Uint8Array {
  try {
    return transcodeJson(body, REQUEST_SCHEMAS[signal]);
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error;
    const { path: field, message, offset } = error;
    const place = field === "" ? "" : `${field}: `;
    throw malformed(signal, `${place}${message}, at byte ${offset}`, { field, cause: error });
  }
}

function malformed(
  signal: Signal,
  problem: string,
  options: MalformedPayloadErrorOptions,
): MalformedPayloadError {
  return new MalformedPayloadError(`Cannot decode ${signal} request: ${problem}`, options);
}

/** Names a field and, of protobuf, the byte; of a JSON request the byte would say nothing, for it is one of the arena. */
function describePlace(encoding: Encoding, field: string, offset: number): string {
  if (encoding === "json") return field === "" ? "" : `${field}: `;
  return field === "" ? `byte ${offset}: ` : `${field} at byte ${offset}: `;
}

function rejectedRows(findings: Findings, place: (offset: number) => string): RejectedRows {
  const { rejectedCount: count, first } = findings;
  return { count, message: first === undefined ? "" : place(first.offset) + first.problem };
}

/** The bytes alone in a transferable buffer: a small Buffer of Node is a slice of a pool that others use too. */
function ownedBytes(body: Uint8Array): Uint8Array {
  const { buffer } = body;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === body.byteLength) {
    return new Uint8Array(buffer);
  }
  return new Uint8Array(body);
}
