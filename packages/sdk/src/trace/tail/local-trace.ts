// local-trace.ts — what one process knows of one trace while it cannot know yet whether to keep it.
//
// It begins with an entry, a span that has no parent in this process, and is everything below it. More entries may
// join it while it is open: a process that calls itself is one part of the trace, not two.

import type { TraceState } from "@opentelemetry/api";
import { EVERY_TRACE, isAtLeast } from "../probability.ts";
import type { Bits56, Threshold } from "../probability.ts";
import type { RecordingSpan } from "../span.ts";
import type { Tracer } from "../tracer.ts";
import type { HeldRecord } from "./held-bytes.ts";

/** A span that has ended and waits for the decision. */
export interface HeldSpan {
  readonly tracer: Tracer;
  readonly traceState: TraceState | undefined;
  /** Undefined where spans go to exporters only. */
  readonly record: HeldRecord | undefined;
  /** Kept only for exporters that were written for OpenTelemetry JS. */
  readonly span: RecordingSpan | undefined;
}

export class LocalTrace {
  readonly traceId: string;
  readonly random: Bits56;
  /** When it was opened, in the sampler's seconds. */
  readonly second: number;
  state: "open" | "kept" | "dropped" = "open";
  /** Of a dropped one, why: the end of a counter's name. */
  reason = "";
  /** Of the rules that were met so far, that of the greatest probability. */
  threshold: Threshold;
  openEntries = 1;
  /** The first entry, while the trace is open. */
  entry: RecordingSpan | undefined;
  held: HeldSpan[] = [];

  constructor(entry: RecordingSpan, random: Bits56, threshold: Threshold, second: number) {
    this.traceId = entry.spanContext().traceId;
    this.entry = entry;
    this.random = random;
    this.threshold = threshold;
    this.second = second;
  }

  get isOpen(): boolean {
    return this.state === "open";
  }

  /** Whether nothing can change the decision any more: every rule that may follow keeps less. */
  get isCertain(): boolean {
    return this.openEntries === 0 || isAtLeast(EVERY_TRACE, this.threshold);
  }

  meet(threshold: Threshold): void {
    if (isAtLeast(this.threshold, threshold)) this.threshold = threshold;
  }

  /** Decides by the rules that were met, and hands over what was held. */
  decide(reason: string): HeldSpan[] {
    this.state = isAtLeast(this.random, this.threshold) ? "kept" : "dropped";
    this.reason = reason;
    const { held } = this;
    this.held = [];
    this.entry = undefined;
    return held;
  }
}
