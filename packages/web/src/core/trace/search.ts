// search.ts — finds spans inside a trace: the list is virtual, so the browser's own search cannot.

import type { Attributes, Span } from "@telemetry/dashboard/contract";
import { attributeText } from "../format/format.ts";
import type { TraceModel } from "./model.ts";

/**
 * The rows that match, in order. Words must all occur in a span's name, service, status, attributes or events, in any
 * case; `key=value` must occur as one attribute. A span id is found by its beginning.
 */
export function searchTrace(model: TraceModel, query: string): number[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const rows: number[] = [];
  if (words.length === 0) return rows;
  for (let row = 0; row < model.rowCount; row++) {
    const span = model.spans[row];
    if (span === undefined) continue;
    if (words.every((word) => matches(span, word))) rows.push(row);
  }
  return rows;
}

/** Any two digits occur in some id; from six on, somebody means one. */
const ID_PREFIX = /^[0-9a-f]{6,16}$/;

function matches(span: Span, word: string): boolean {
  return (
    searchableText(span).includes(word) || (ID_PREFIX.test(word) && span.spanId.startsWith(word))
  );
}

/** Kept beside the span, so that typing on does not read every attribute again. */
const textBySpan = new WeakMap<Span, string>();

function searchableText(span: Span): string {
  let text = textBySpan.get(span);
  if (text === undefined) {
    const parts = [span.name, span.service, span.kind, span.status.code, span.status.message ?? ""];
    pushAttributes(parts, span.attributes);
    for (const event of span.events) {
      parts.push(event.name);
      pushAttributes(parts, event.attributes);
    }
    text = parts.join("\n").toLowerCase();
    textBySpan.set(span, text);
  }
  return text;
}

function pushAttributes(parts: string[], attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes))
    parts.push(`${key}=${attributeText(value)}`);
}
