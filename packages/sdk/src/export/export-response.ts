// export-response.ts — the messages that a receiver answers with, the same over HTTP and gRPC:
//
//   ExportXServiceResponse { 1: partial_success { 1: rejected int64, 2: error_message string } }
//   google.rpc.Status      { 1: code int32, 2: message string, 3: details google.protobuf.Any }
//   google.protobuf.Any    { 1: type_url string, 2: value bytes }
//   google.rpc.RetryInfo   { 1: retry_delay { 1: seconds int64, 2: nanos int32 } }

import { MESSAGE_LENGTH_MAX } from "./answer.ts";
import { fieldsOf, numberField, textField } from "./message-fields.ts";

export interface PartialSuccess {
  readonly rejectedCount: number;
  readonly message: string;
}

export const ALL_ACCEPTED: PartialSuccess = { rejectedCount: 0, message: "" };

export function readPartialSuccess(body: Uint8Array): PartialSuccess {
  const partial = fieldsOf(body).find(({ field }) => field === 1)?.bytes;
  if (partial === undefined) return ALL_ACCEPTED;
  const fields = fieldsOf(partial);
  return {
    rejectedCount: numberField(fields, 1),
    message: textField(fields, 2).slice(0, MESSAGE_LENGTH_MAX),
  };
}

export function readStatusMessage(body: Uint8Array): string {
  return textField(fieldsOf(body), 2).slice(0, MESSAGE_LENGTH_MAX);
}

/** The delay that a RetryInfo among a Status's details asks for; undefined without one. */
export function readRetryDelayMs(status: Uint8Array): number | undefined {
  for (const { field, bytes: any } of fieldsOf(status)) {
    if (field !== 3 || any === undefined) continue;
    const anyFields = fieldsOf(any);
    if (!textField(anyFields, 1).endsWith("/google.rpc.RetryInfo")) continue;
    const info = fieldsOf(anyFields.find((candidate) => candidate.field === 2)?.bytes ?? EMPTY);
    const delay = fieldsOf(info.find((candidate) => candidate.field === 1)?.bytes ?? EMPTY);
    const delayMs = numberField(delay, 1) * 1_000 + numberField(delay, 2) / 1e6;
    // A negative number is written as one of 64 bits: nobody waits that long.
    return delayMs > DELAY_MS_MAX ? 0 : delayMs;
  }
  return undefined;
}

const EMPTY = new Uint8Array();
const DELAY_MS_MAX = 30 * 24 * 3_600_000;
