// traces.ts — ExportTraceServiceRequest (opentelemetry/proto/trace/v1/trace.proto) into a TraceBatch.
//
// Attribute table: resources, scopes, then all spans, then all events, then all links.

import type { TraceBatch } from "../../batch.ts";
import { WireReader } from "../../wire/wire.ts";
import { allocateColumns } from "../column-allocator.ts";
import { EnvelopeFill, envelopeTables, measureEnvelope } from "../envelope.ts";
import type { Findings } from "../findings.ts";
import { attributeColumns } from "../values.ts";
import { eventColumns, linkColumns, spanColumns } from "./span-columns.ts";
import { SpanFill } from "./span-fill.ts";
import { SpanMeasure } from "./span-measure.ts";

/** All of a TraceBatch except what was rejected, which the caller puts into words. */
export function decodeTraces(bytes: Uint8Array, findings: Findings): Omit<TraceBatch, "rejected"> {
  const measure = new SpanMeasure(findings);
  const envelope = measureEnvelope(new WireReader(bytes), measure);
  const attributeCount =
    envelope.resourceAttributes +
    envelope.scopeAttributes +
    measure.spanAttributes +
    measure.eventAttributes +
    measure.linkAttributes;

  const tables = allocateColumns((allocator) => ({
    ...envelopeTables(allocator, envelope),
    spans: spanColumns(allocator, measure.spans),
    events: eventColumns(allocator, measure.events),
    links: linkColumns(allocator, measure.links),
    attributes: attributeColumns(allocator, attributeCount),
  }));

  const firstAttribute = envelope.resourceAttributes + envelope.scopeAttributes;
  const spans = new SpanFill(tables, firstAttribute, measure, findings);
  new EnvelopeFill(envelope, tables, tables.attributes, spans).fillFrom(new WireReader(bytes));
  return { signal: "traces", rowCount: measure.spans, arena: bytes, ...tables };
}
