// span-measure.ts — the first walk over spans: counts them and what they own, and finds those without valid ids.
// hot: see decode.bench.ts

import type { WireReader } from "../../wire/wire.ts";
import { countFields } from "../envelope.ts";
import type { RowMeasure } from "../envelope.ts";
import type { Findings } from "../findings.ts";
import {
  checkPointer,
  explainSpanIds,
  isId,
  isIdOrAbsent,
  SPAN_ID_BYTES,
  TRACE_ID_BYTES,
} from "../ids.ts";

/** trace_id, span_id, attributes */
const LINK_MEASURED = (1 << 1) | (1 << 2) | (1 << 4);
/** trace_id, span_id, parent_span_id, attributes, events, links */
const SPAN_MEASURED = (1 << 1) | (1 << 2) | (1 << 4) | (1 << 9) | (1 << 11) | (1 << 13);

export class SpanMeasure implements RowMeasure {
  readonly #findings: Findings;
  spans = 0;
  spanAttributes = 0;
  events = 0;
  eventAttributes = 0;
  links = 0;
  linkAttributes = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  measureRow(reader: WireReader, end: number): void {
    const start = reader.position;
    const { events, eventAttributes, links, linkAttributes } = this;
    let attributes = 0;
    let hasTraceId = false;
    let hasSpanId = false;
    let isParentValid = true;

    for (let tag; (tag = reader.readTagOf(SPAN_MEASURED, end)) !== 0;) {
      switch (tag) {
        case 0x0a: // trace_id = 1
          hasTraceId = isId(reader, end, TRACE_ID_BYTES);
          break;
        case 0x12: // span_id = 2
          hasSpanId = isId(reader, end, SPAN_ID_BYTES);
          break;
        case 0x22: // parent_span_id = 4
          isParentValid = isIdOrAbsent(reader, end, SPAN_ID_BYTES);
          break;
        case 0x4a: // attributes = 9
          attributes += reader.skipRun(tag, end);
          break;
        case 0x5a: // events = 11
          this.events++;
          this.eventAttributes += countFields(reader, end, 0x1a);
          break;
        case 0x6a: // links = 13
          this.links++;
          this.#measureLink(reader, reader.readEnd(end));
          break;
        default:
          reader.skip(tag, end);
      }
    }

    if (hasTraceId && hasSpanId && isParentValid) {
      this.spans++;
      this.spanAttributes += attributes;
      return;
    }
    this.#findings.reject(end, () => explainSpanIds(reader.bytes, start, end));
    this.events = events;
    this.eventAttributes = eventAttributes;
    this.links = links;
    this.linkAttributes = linkAttributes;
  }

  #measureLink(reader: WireReader, end: number): void {
    for (let tag; (tag = reader.readTagOf(LINK_MEASURED, end)) !== 0;) {
      if (tag === 0x0a) checkPointer(reader, end, TRACE_ID_BYTES, this.#findings);
      else if (tag === 0x12) checkPointer(reader, end, SPAN_ID_BYTES, this.#findings);
      else if (tag === 0x22) this.linkAttributes += reader.skipRun(tag, end);
      else reader.skip(tag, end);
    }
  }
}
