// log-rows.ts — log records of a Batch into a block of otel_logs.
// hot: see native.bench.ts

import { AttributeType, decodeText } from "@telemetry/otlp";
import type { LogBatch } from "@telemetry/otlp";
import { writeJsonValue, writeOtlpValue } from "./any-value.ts";
import { appendAttributes } from "./attribute-text.ts";
import type { Block } from "./block.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { StringColumn } from "./column-writers.ts";
import { appendRowWords, appendTimes } from "./common-rows.ts";
import type { Origins } from "./origin-rows.ts";
import { appendOrigins, rangeOf } from "./origin-rows.ts";
import type { StoredRows } from "./timed-rows.ts";

export function appendLogs(
  block: Block,
  batch: LogBatch,
  origins: Origins,
  selection: StoredRows,
): void {
  const { logs, arena } = batch;
  const { rows } = selection;
  appendTimes(block, "Timestamp", selection);
  appendOrigins(
    block,
    origins,
    rows.map((row) => logs.scope[row] as number),
  );
  appendRowWords(block.words("ObservedTimestamp"), logs.observedTimeUnixNano, rows);
  appendRowWords(block.words("TraceFlags"), logs.flags, rows);
  appendRowWords(block.words("LogDroppedAttrCount"), logs.droppedAttributesCount, rows);

  const traceId = block.string("TraceId");
  const spanId = block.string("SpanId");
  const severityNumber = block.byte("SeverityNumber");
  const severityText = block.string("SeverityText");
  const eventName = block.string("EventName");
  const body = block.string("Body");
  const bodyExact = block.string("BodyExact");
  const attributes = block.json("LogAttributes");
  const attributesExact = block.string("LogAttributesExact");
  for (const row of rows) {
    traceId.appendId(logs.traceId, row * 16, row * 16 + 16);
    spanId.appendId(logs.spanId, row * 8, row * 8 + 8);
    severityNumber.append(logs.severityNumber[row] as number);
    severityText.appendArena(arena, logs.severityText, row);
    eventName.appendArena(arena, logs.eventName, row);
    appendBody(body, bodyExact, batch, row);
    const [start, end] = rangeOf(logs.attributes, row);
    appendAttributes(attributes, attributesExact, batch, start, end);
  }
}

/** The text that the column Body will have for a record: filters on records not stored yet ask for it. */
export function bodyText({ arena, logs: { body } }: LogBatch, row: number): string {
  const type = body.type[row] as number;
  const low = body.low[row] as number;
  const high = body.high[row] as number;
  if (type === AttributeType.string) return decodeText(arena, low, high);
  if (type === AttributeType.empty) return "";
  const out = new ByteWriter(256);
  writeJsonValue(out, arena, type, low, high);
  return Buffer.from(out.take()).toString("utf8");
}

/** A string body as it is; any other as JSON to be searched, and exactly beside it. */
function appendBody(text: StringColumn, exact: StringColumn, batch: LogBatch, row: number): void {
  const { arena } = batch;
  const { body } = batch.logs;
  const type = body.type[row] as number;
  const low = body.low[row] as number;
  const high = body.high[row] as number;
  if (type === AttributeType.string) {
    text.appendText(arena, low, high);
    return exact.appendEmpty();
  }
  if (type === AttributeType.empty) text.appendEmpty();
  else {
    const start = text.beginRow();
    writeJsonValue(text.out, arena, type, low, high);
    text.endRow(start);
  }
  const start = exact.beginRow();
  writeOtlpValue(exact.out, arena, type, low, high);
  exact.endRow(start);
}
