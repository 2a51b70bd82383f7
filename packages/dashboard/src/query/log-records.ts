// log-records.ts — a row of otel_logs as the API shows a log record: every field of OTLP.

import type { AttributeValue, LogRecord } from "../contract/contract.ts";
import { attributesSql, readAttributes, type AttributesRow } from "./attributes.ts";
import { ORIGIN_SQL, readOrigin, unlessEmpty, type OriginRow } from "./origin.ts";
import { valueOfOtlp, type OtlpAnyValue } from "./otlp-json.ts";

export const LOG_SQL = `reinterpretAsUInt64(toUnixTimestamp64Nano(Timestamp)) AS timeUnixNano,
  reinterpretAsUInt64(toUnixTimestamp64Nano(ObservedTimestamp)) AS observedTimeUnixNano,
  SeverityNumber AS severityNumber,
  SeverityText AS severityText,
  if(BodyExact = '', Body, '') AS body,
  BodyExact AS bodyExact,
  EventName AS eventName,
  ${attributesSql("LogAttributes")} AS attributes,
  ${ORIGIN_SQL},
  TraceId AS traceId,
  SpanId AS spanId,
  TraceFlags AS flags,
  LogDroppedAttrCount AS droppedAttributesCount`;

/** A row of {@link LOG_SQL}. */
export interface LogRow extends OriginRow {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly bodyExact: string;
  readonly eventName: string;
  readonly attributes: AttributesRow;
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
  readonly droppedAttributesCount: number;
}

export function readLogRecord(row: LogRow): LogRecord {
  return {
    timeUnixNano: row.timeUnixNano,
    ...(row.observedTimeUnixNano === "0" ? {} : { observedTimeUnixNano: row.observedTimeUnixNano }),
    severityNumber: row.severityNumber,
    severityText: row.severityText,
    body: readBody(row),
    ...unlessEmpty("eventName", row.eventName),
    attributes: readAttributes(row.attributes),
    ...readOrigin(row),
    ...unlessEmpty("traceId", row.traceId),
    ...unlessEmpty("spanId", row.spanId),
    ...unlessEmpty("flags", row.flags),
    ...unlessEmpty("droppedAttributesCount", row.droppedAttributesCount),
  };
}

function readBody({ body, bodyExact }: LogRow): AttributeValue {
  return bodyExact === "" ? body : valueOfOtlp(JSON.parse(bodyExact) as OtlpAnyValue);
}
