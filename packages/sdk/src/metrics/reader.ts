// reader.ts — one destination of metrics: it decides the temporality, and its streams are its own, so that
// a delta destination and a cumulative one beside it do not disturb each other.
//
//   collect:  ask callbacks ─▶ encode every stream ─▶ begin the next interval
//
// Collections of one reader never overlap: a second call waits for the first.

import {
  beginMetric,
  endMetric,
  MetricType,
  ProtobufWriter,
  Temporality,
} from "@telemetry/otlp/encode";
import type { KeyTable, MetricIdentity, ScopeRecords } from "@telemetry/otlp/encode";

import type { InstrumentKind } from "./descriptor.ts";
import { encodePoints } from "./encode-points.ts";
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

/** Streams of one scope, in the order in which they were made. */
export interface ScopeStreams {
  /** From `encodeScope`. */
  readonly scope: Uint8Array;
  readonly streams: Stream[];
  readonly observables: Set<ObservableInstrument>;
  readonly batches: Set<BatchCallback>;
}

/** One export request's worth of metrics, to be sent with `encodeRequest`. */
export interface CollectedMetrics {
  readonly scopes: readonly ScopeRecords[];
  readonly pointCount: number;
}

/** A request is closed when it has grown beyond this; a receiver takes 64 MiB, a proxy often 4. */
const REQUEST_SIZE_BYTES = 3 * 1_024 * 1_024;

export class MetricReader {
  readonly histogram: HistogramPreference;
  readonly #preference: TemporalityPreference;
  readonly #scopes: ScopeStreams[] = [];
  readonly #keys: KeyTable;
  readonly #now: () => number;
  #last: Promise<unknown> = Promise.resolve();

  /** `now` gives epoch milliseconds. */
  constructor(options: {
    keys: KeyTable;
    now: () => number;
    temporality?: TemporalityPreference | undefined;
    histogram?: HistogramPreference | undefined;
  }) {
    this.#keys = options.keys;
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
    this.#scopes.push(scope);
  }

  /** Asks the callbacks and takes what was recorded. Never rejects; without any point there is no request. */
  collect(): Promise<readonly CollectedMetrics[]> {
    const next = this.#last.then(async () => {
      await Promise.all(
        this.#scopes.map(({ observables, batches }) => observeAll(this, observables, batches)),
      );
      return this.#encode();
    });
    this.#last = next;
    return next;
  }

  #encode(): CollectedMetrics[] {
    const timeMs = this.#now();
    const requests: CollectedMetrics[] = [];
    let scopes: ScopeRecords[] = [];
    let sizeBytes = 0;
    let pointCount = 0;
    const close = (): void => {
      if (scopes.length > 0) requests.push({ scopes, pointCount });
      scopes = [];
      sizeBytes = pointCount = 0;
    };
    for (const { scope, streams } of this.#scopes) {
      let writer = new ProtobufWriter();
      const take = (): void => {
        const chunks = writer.takeChunks();
        if (chunks.length > 0) scopes.push({ scope, chunks });
      };
      for (const stream of streams) {
        pointCount += this.#encodeStream(writer, stream, timeMs);
        if (sizeBytes + writer.sizeBytes < REQUEST_SIZE_BYTES) continue;
        take();
        close();
        writer = new ProtobufWriter();
      }
      sizeBytes += writer.sizeBytes;
      take();
    }
    close();
    return requests;
  }

  /** Returns the number of points; a stream without any leaves nothing behind. */
  #encodeStream(writer: ProtobufWriter, stream: Stream, timeMs: number): number {
    const { identity, store, temporality, isMonotonic } = stream;
    writer.beginRecord();
    const marks = beginMetric(writer, identity, store.type);
    const count = encodePoints(store, { writer, keys: this.#keys, timeMs });
    store.endInterval(timeMs);
    if (count === 0) {
      writer.discardRecord();
      return 0;
    }
    if (store.type === MetricType.gauge) endMetric(writer, marks);
    else if (store.type === MetricType.sum) endMetric(writer, marks, temporality, isMonotonic);
    else endMetric(writer, marks, temporality);
    writer.endRecord();
    return count;
  }
}
