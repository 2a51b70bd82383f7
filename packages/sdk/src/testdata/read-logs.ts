// read-logs.ts — a decoded logs request as plain objects, for comparing in tests.

import { readAttributes, readSpanId, readString, readTraceId, readValue } from "@telemetry/otlp";
import type { LogBatch } from "@telemetry/otlp";

export interface ReadLog {
  scope: string;
  severityNumber: number;
  severityText: string;
  body: unknown;
  attributes: Record<string, unknown>;
  droppedAttributesCount: number;
  eventName: string;
  traceId: string;
  spanId: string;
  flags: number;
  timeUnixNano: bigint;
  observedTimeUnixNano: bigint;
}

export function readLogs(batch: LogBatch): ReadLog[] {
  const { logs, scopes } = batch;
  return Array.from({ length: logs.count }, (_, row) => ({
    scope: readString(batch, scopes.name, logs.scope[row]!),
    severityNumber: logs.severityNumber[row]!,
    severityText: readString(batch, logs.severityText, row),
    body: readValue(batch, logs.body, row),
    attributes: readAttributes(batch, logs.attributes[row]!, logs.attributes[row + 1]!),
    droppedAttributesCount: logs.droppedAttributesCount[row]!,
    eventName: readString(batch, logs.eventName, row),
    traceId: readTraceId(logs.traceId, row),
    spanId: readSpanId(logs.spanId, row),
    flags: logs.flags[row]!,
    timeUnixNano: logs.timeUnixNano[row]!,
    observedTimeUnixNano: logs.observedTimeUnixNano[row]!,
  }));
}
