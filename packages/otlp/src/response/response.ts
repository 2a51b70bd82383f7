// response.ts — the answer to an export request: ExportTraceServiceResponse and its siblings.
//
//   ExportXServiceResponse { ExportXPartialSuccess partial_success = 1 }
//   ExportXPartialSuccess  { int64 rejected_x = 1; string error_message = 2 }
//
// Everything accepted: an empty message. Rows rejected, or a warning with nothing rejected: partial_success. The
// status is 200 either way, and the sender must not retry (OTLP specification, "Partial Success").

import type { RejectedRows, Signal } from "../batch.ts";
import type { Encoding } from "../decode/decode.ts";
import { MessageWriter } from "../wire/wire.ts";

const REJECTED_FIELDS = {
  traces: "rejectedSpans",
  logs: "rejectedLogRecords",
  metrics: "rejectedDataPoints",
} as const;

/** The body of the answer, in the encoding of the request. */
export function encodeResponse(
  signal: Signal,
  encoding: Encoding,
  rejected: RejectedRows,
): Uint8Array {
  const isFullSuccess = rejected.count === 0 && rejected.message === "";
  if (encoding === "protobuf") return isFullSuccess ? new Uint8Array() : encodePartial(rejected);
  const partialSuccess = {
    [REJECTED_FIELDS[signal]]: String(rejected.count),
    errorMessage: rejected.message,
  };
  return new TextEncoder().encode(JSON.stringify(isFullSuccess ? {} : { partialSuccess }));
}

function encodePartial({ count, message }: RejectedRows): Uint8Array {
  const text = new TextEncoder().encode(message);
  const writer = new MessageWriter(text.length + 16);
  writer.writeTag(1, 2);
  const partial = writer.begin();
  writer.writeTag(1, 0);
  writer.writeVarint(count, 0);
  writer.writeTag(2, 2);
  const errorMessage = writer.begin();
  writer.writeBytes(text, 0, text.length);
  writer.end(errorMessage);
  writer.end(partial);
  return writer.take();
}
