// trace-store.ts — one trace, merged from what was stored and what arrives live.
//
// The same span comes several times: open, then ended, then again from the store. The most complete one wins,
// so that the order of arrival does not matter.

import type {
  LiveTrace,
  LogRecord,
  Span,
  TraceDetail,
  TraceExemplar,
} from "@telemetry/dashboard/contract";
import { mergeLogs } from "../logs/logs.ts";
import { buildTrace } from "./build.ts";
import type { TraceModel } from "./model.ts";

/** More spans than this are counted and not shown: about 100 MB of columns and text. */
const SPANS_MAX = 200_000;
const LOGS_MAX = 20_000;

export class TraceStore {
  readonly traceId: string;
  readonly #spans = new Map<string, Span>();
  readonly #spansMax: number;
  #logs: LogRecord[] = [];
  #exemplars: TraceExemplar[] = [];
  #model: TraceModel | undefined;
  #droppedSpanCount = 0;

  constructor(traceId: string, options: { spansMax?: number } = {}) {
    this.traceId = traceId;
    this.#spansMax = options.spansMax ?? SPANS_MAX;
  }

  /** Takes what the store has. */
  addStored(detail: TraceDetail): void {
    this.#add(detail.spans, detail.logs);
    this.#exemplars = detail.exemplars;
  }

  /** Takes a frame; one of another trace is ignored. */
  addLive(frame: LiveTrace): void {
    if (frame.traceId === this.traceId) this.#add(frame.spans, frame.logs);
  }

  /** The layout of what is here; built when asked for after a change. */
  get model(): TraceModel {
    this.#model ??= buildTrace([...this.#spans.values()]);
    return this.#model;
  }

  /** By time, the oldest first: the story of the trace. */
  get logs(): readonly LogRecord[] {
    return this.#logs;
  }

  get exemplars(): readonly TraceExemplar[] {
    return this.#exemplars;
  }

  /** Spans beyond the limit. */
  get droppedSpanCount(): number {
    return this.#droppedSpanCount;
  }

  #add(spans: readonly Span[], logs: readonly LogRecord[]): void {
    for (const span of spans) {
      const known = this.#spans.get(span.spanId);
      if (known === undefined && this.#spans.size >= this.#spansMax) this.#droppedSpanCount++;
      else if (known === undefined || isMoreComplete(span, known))
        this.#spans.set(span.spanId, span);
    }
    if (spans.length > 0) this.#model = undefined;
    if (logs.length > 0) this.#logs = mergeLogs(this.#logs, logs, "oldest_first", LOGS_MAX);
  }
}

/** An ended span beats an open one; of two alike the later arrival has seen more. */
function isMoreComplete(span: Span, known: Span): boolean {
  return span.endTimeUnixNano !== undefined || known.endTimeUnixNano === undefined;
}
