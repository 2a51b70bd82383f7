// exemplars.ts — keeps a few measurements of each series together with the span they were made in.
//
//   record ──▶ countdown reaches 0? ──▶ look: in a sampled span? ──▶ reservoir of one, by chance
//      every measurement: 1 ns             a few: 15 ns                  fewer
//
// Reading the current span for every measurement would cost ten times the measurement itself. So the
// decision to look comes first, by chance alone: with probability 1/gap, the same for every measurement
// of a slot, whatever its value and span. What was looked at is then a uniform sample of the slot's
// measurements, and reservoir sampling (the n-th eligible one replaces the kept one with probability 1/n)
// picks uniformly among its eligible ones. After LOOKS_MAX looks in one interval the gap doubles; halving
// `eligible` with it is the same thinning applied to what was looked at before.
//
// A slot is one exemplar. Sums and gauges have one per series, explicit histograms one per bucket (the
// specification's AlignedHistogramBucket), exponential ones one per power of two (modulo 20), so that the
// rare slow request keeps its trace beside a million fast ones. Slots begin anew with every collection.

import type { Attributes, Context, SpanContext } from "@opentelemetry/api";
import { flattenAttributes } from "@telemetry/otlp/encode";
import type { AnyValue, ExemplarPoint } from "@telemetry/otlp/encode";

/** `trace_based` (default): measurements in sampled spans. The names are those of OTEL_METRICS_EXEMPLAR_FILTER. */
export type ExemplarFilter = "trace_based" | "always_on" | "always_off";

/** What a reservoir asks of its surroundings. */
export interface ExemplarSource {
  readonly filter: ExemplarFilter;
  /** Epoch milliseconds with a fraction. */
  readonly now: () => number;
  /** The span of `context`, or the current one; undefined when there is none or its ids are invalid. */
  readonly spanContext: (context: Context | undefined) => SpanContext | undefined;
}

/** Looks per slot and interval before the gap doubles: at 15 ns each, 2 000 busy series cost 2 ms a minute. */
const LOOKS_MAX = 64;
/** Below this the gap halves for the next interval. */
const LOOKS_MIN = 16;
const SAMPLED = 1;
const NO_EXEMPLARS: readonly ExemplarPoint[] = [];

export class ExemplarReservoir {
  readonly #source: ExemplarSource;
  readonly #slotsPerRow: number;
  readonly #droppedFrom: (attributes: Attributes | undefined) => Attributes;
  /** Measurements until the next look, by slot. 0 in a new slot of a filter that is off: never reached again. */
  countdown = new Uint32Array(0);
  #gap = new Uint32Array(0);
  #looks = new Uint8Array(0);
  #eligible = new Uint32Array(0);
  #kept: (ExemplarPoint | undefined)[] = [];

  /** `droppedFrom` gives what the view drops from the attributes of a measurement. */
  constructor(
    source: ExemplarSource,
    slotsPerRow: number,
    droppedFrom: (attributes: Attributes | undefined) => Attributes,
  ) {
    this.#source = source;
    this.#slotsPerRow = slotsPerRow;
    this.#droppedFrom = droppedFrom;
  }

  grow(rowCapacity: number): void {
    const slots = rowCapacity * this.#slotsPerRow;
    this.countdown = grown(this.countdown, slots);
    if (this.#source.filter === "always_off") return;
    const from = this.#gap.length;
    this.#gap = grown(this.#gap, slots).fill(1, from);
    this.countdown.fill(1, from);
    this.#looks = grownBytes(this.#looks, slots);
    this.#eligible = grown(this.#eligible, slots);
  }

  /** Called when a slot's countdown reached 0. */
  look(
    slot: number,
    value: number,
    attributes: Attributes | undefined,
    context: Context | undefined,
  ): void {
    const { filter } = this.#source;
    if (filter === "always_off") return;
    this.#drawGap(slot);
    const span = this.#source.spanContext(context);
    if (filter === "trace_based" && (span === undefined || (span.traceFlags & SAMPLED) === 0))
      return;
    const eligible = this.#eligible[slot]! + 1;
    this.#eligible[slot] = eligible;
    if (Math.random() * eligible >= 1) return;
    this.#kept[slot] = {
      timeMs: this.#source.now(),
      value,
      traceId: span?.traceId ?? "",
      spanId: span?.spanId ?? "",
      attributes: flattenAttributes(this.#droppedFrom(attributes) as Record<string, AnyValue>),
    };
  }

  /** The exemplars of a row since the last `beginInterval`. */
  of(row: number): readonly ExemplarPoint[] {
    if (this.#kept.length === 0) return NO_EXEMPLARS;
    const start = row * this.#slotsPerRow;
    return this.#kept
      .slice(start, start + this.#slotsPerRow)
      .filter((exemplar) => exemplar !== undefined);
  }

  /** After a collection: all slots are empty, and look more often where there was little to see. */
  beginInterval(): void {
    this.#kept = [];
    this.#eligible.fill(0);
    for (let slot = 0; slot < this.#gap.length; slot++) {
      if (this.#looks[slot]! < LOOKS_MIN && this.#gap[slot]! > 1) {
        this.#gap[slot]! >>>= 1;
        this.countdown[slot] = geometric(this.#gap[slot]!);
      }
      this.#looks[slot] = 0;
    }
  }

  #drawGap(slot: number): void {
    const looks = this.#looks[slot]! + 1;
    if (looks < LOOKS_MAX) {
      this.#looks[slot] = looks;
    } else {
      this.#looks[slot] = LOOKS_MAX >>> 1;
      this.#gap[slot] = Math.min(this.#gap[slot]! * 2, 0x4000_0000);
      this.#eligible[slot] = (this.#eligible[slot]! + 1) >>> 1;
    }
    this.countdown[slot] = geometric(this.#gap[slot]!);
  }
}

/** Trials until the first success of probability 1/mean: each measurement has the same chance, whatever came before. */
function geometric(mean: number): number {
  if (mean === 1) return 1;
  const trials = 1 + Math.floor(Math.log(1 - Math.random()) / Math.log(1 - 1 / mean));
  return Math.min(trials, 0xffff_ffff);
}

function grown(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length);
  larger.set(array);
  return larger;
}

function grownBytes(array: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(array);
  return larger;
}
