// reader.ts — one destination of metrics: it decides the temporality, and its streams are its own, so that
// a delta destination and a cumulative one beside it do not disturb each other.
//
//   collect:  ask callbacks ─▶ take what every stream has ─▶ begin the next interval
//
// Collections of one reader never overlap: a second call waits for the first.

import { Temporality } from "@telemetry/otlp/encode";
import type { MetricIdentity, ScopeIdentity } from "@telemetry/otlp/encode";

import type { InstrumentKind } from "./descriptor.ts";
import { observeAll } from "./observables.ts";
import type { BatchCallback, ObservableInstrument } from "./observables.ts";
import type { Store } from "./store.ts";

/** The presets of OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE. */
export type TemporalityPreference = "cumulative" | "delta" | "lowmemory";

/** What a histogram is by default: OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION. */
export type HistogramPreference =
  | "explicit_bucket_histogram"
  | "base2_exponential_bucket_histogram";

/** One metric as it is exported. */
export interface Stream {
  readonly identity: MetricIdentity;
  readonly store: Store;
  readonly temporality: Temporality;
  readonly isMonotonic: boolean;
}

/** What one meter has for one reader. */
export interface ScopeStreams {
  readonly scope: ScopeIdentity;
  /** In the order in which they were made. */
  readonly streams: Stream[];
  readonly observables: ReadonlySet<ObservableInstrument>;
  readonly batches: ReadonlySet<BatchCallback>;
}

export class MetricReader {
  readonly histogram: HistogramPreference;
  readonly #preference: TemporalityPreference;
  readonly #now: () => number;
  readonly #scopes = new Set<ScopeStreams>();
  #last: Promise<unknown> = Promise.resolve();

  /** `now` gives epoch milliseconds. */
  constructor(options: {
    now: () => number;
    temporality?: TemporalityPreference | undefined;
    histogram?: HistogramPreference | undefined;
  }) {
    this.#now = options.now;
    this.#preference = options.temporality ?? "cumulative";
    this.histogram = options.histogram ?? "explicit_bucket_histogram";
  }

  /** The presets of the OTLP exporter specification, "Metrics Exporter". Gauges have none and count as cumulative. */
  temporalityOf(kind: InstrumentKind): Temporality {
    const isDelta =
      kind === "counter" || kind === "histogram"
        ? this.#preference !== "cumulative"
        : kind === "observableCounter" && this.#preference === "delta";
    return isDelta ? Temporality.delta : Temporality.cumulative;
  }

  addScope(scope: ScopeStreams): void {
    this.#scopes.add(scope);
  }

  removeScope(scope: ScopeStreams): void {
    this.#scopes.delete(scope);
  }

  /**
   * Asks the callbacks, then gives all streams to `take`, which reads them at once, with the time of the
   * collection in epoch milliseconds. Resolves with what `take` returns; rejects only with what it throws.
   */
  collect<T>(take: (scopes: Iterable<ScopeStreams>, timeMs: number) => T): Promise<T> {
    const next = this.#last.then(async () => {
      await Promise.all(
        Array.from(this.#scopes, ({ observables, batches }) =>
          observeAll(this, observables, batches),
        ),
      );
      const timeMs = this.#now();
      const taken = take(this.#scopes, timeMs);
      for (const { streams } of this.#scopes) {
        for (const { store } of streams) store.endInterval(timeMs);
      }
      return taken;
    });
    this.#last = next.catch(() => undefined);
    return next;
  }
}
