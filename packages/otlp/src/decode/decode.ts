// decode.ts — an OTLP export request, straight from its bytes to columns.
//
//   body ──measure──▶ exact sizes, rows to reject ──fill──▶ Batch
//
// A protobuf body becomes the batch's arena as it is: no string is copied or turned into UTF-16.

import type { Batch, LogBatch, MetricBatch, Signal, TraceBatch } from "../batch.ts";
import { Findings } from "./findings.ts";
import { MalformedPayloadError } from "./malformed-payload-error.ts";
import { decodeLogs } from "./logs.ts";
import { decodeMetrics } from "./metrics/metrics.ts";
import { decodeTraces } from "./traces.ts";
import { WireError } from "./wire.ts";

export { MalformedPayloadError };

/** `application/x-protobuf` or `application/json`. */
export type Encoding = "protobuf" | "json";

export interface BatchOf {
  traces: TraceBatch;
  logs: LogBatch;
  metrics: MetricBatch;
}

/**
 * Decodes an ExportTraceServiceRequest, ExportLogsServiceRequest or ExportMetricsServiceRequest.
 *
 * The batch owns `body` from then on where the body fills its whole buffer; a slice of a larger buffer is copied.
 * Throws MalformedPayloadError when the body as a whole is unusable. Rows that are wrong alone are left out and
 * counted in `batch.rejected`; the result is a function of the bytes only.
 */
export function decodeRequest<S extends Signal>(
  signal: S,
  encoding: Encoding,
  body: Uint8Array,
): BatchOf[S] {
  const arena = ownedBytes(body);
  const findings = new Findings();
  try {
    const columns = DECODERS[signal](arena, findings);
    const rejected = {
      count: findings.rejectedCount,
      message: findings.first?.problem ?? "",
    };
    return { ...columns, rejected } as BatchOf[S];
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new MalformedPayloadError(
      `Cannot decode ${signal} request: ${error.message} at byte ${error.offset}`,
      { cause: error },
    );
  }
}

const DECODERS = { traces: decodeTraces, logs: decodeLogs, metrics: decodeMetrics };

/** The buffers to transfer with a batch. Its holder cannot read it any more after that. */
export function transferablesOf(batch: Batch): ArrayBuffer[] {
  return [batch.arena.buffer as ArrayBuffer, batch.attributes.type.buffer as ArrayBuffer];
}

/** The bytes alone in a transferable buffer: a small Buffer of Node is a slice of a pool that others use too. */
function ownedBytes(body: Uint8Array): Uint8Array {
  const { buffer } = body;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === body.byteLength) {
    return new Uint8Array(buffer);
  }
  return new Uint8Array(body);
}
