// body-text.ts — a log's body as the column Body has it: a string is itself, anything else its JSON.

import {
  AttributeType,
  readString,
  readValue,
  type AnyValue,
  type LogBatch,
} from "@telemetry/otlp";

/** The text that filters search in a record's body. */
export function bodyText(batch: LogBatch, row: number): string {
  const { type, low, high } = batch.logs.body;
  if (type[row] === AttributeType.string)
    return readString(batch, { start: low, length: high }, row);
  return jsonText(readValue(batch, batch.logs.body, row));
}

function jsonText(value: AnyValue): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === "bigint") return String(inner);
    return inner instanceof Uint8Array ? Buffer.from(inner).toString("base64") : inner;
  });
}
