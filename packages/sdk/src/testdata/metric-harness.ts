// metric-harness.ts — a MeterProvider whose clock and current span a test sets, and whose exports it reads.

import type { SpanContext } from "@opentelemetry/api";
import { decodeRequest } from "@telemetry/otlp";
import { encodeRequest, encodeResource, KeyTable } from "@telemetry/otlp/encode";

import { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { ExemplarFilter } from "../metrics/exemplars.ts";
import type { Meter } from "../metrics/meter.ts";
import { encodeMetrics } from "../metrics/encode-metrics.ts";
import { MeterProvider } from "../metrics/provider.ts";
import { MetricReader } from "../metrics/reader.ts";
import type { HistogramPreference, TemporalityPreference } from "../metrics/reader.ts";
import type { MetricView } from "../metrics/views.ts";
import { readMetrics } from "./read-metrics.ts";
import type { ReadMetric, ReadPoint } from "./read-metrics.ts";

export interface HarnessOptions {
  temporality?: TemporalityPreference;
  histogram?: HistogramPreference;
  views?: MetricView[];
  cardinalityLimit?: number;
  exemplarFilter?: ExemplarFilter;
  /** Temporalities of further readers, beside the first. */
  others?: TemporalityPreference[];
}

export class MetricHarness {
  readonly provider: MeterProvider;
  readonly meter: Meter;
  readonly said: string[] = [];
  readonly diagnostics: Diagnostics;
  readonly readers: MetricReader[];
  /** Epoch milliseconds. */
  nowMs = 1_700_000_000_000;
  /** The current span. */
  span: SpanContext | undefined;
  readonly #keys = new KeyTable();

  constructor(options: HarnessOptions = {}) {
    const { temporality = "cumulative", others = [] } = options;
    this.diagnostics = new Diagnostics({
      logLevel: "debug",
      write: (line) => this.said.push(line),
    });
    this.readers = [temporality, ...others].map(
      (preference) =>
        new MetricReader({
          now: () => this.nowMs,
          temporality: preference,
          histogram: options.histogram,
        }),
    );
    this.provider = new MeterProvider({
      readers: this.readers,
      views: options.views ?? [],
      cardinalityLimit: options.cardinalityLimit,
      exemplars: {
        filter: options.exemplarFilter ?? "trace_based",
        now: () => this.nowMs,
        spanContext: () => this.span,
      },
      diagnostics: this.diagnostics,
    });
    this.meter = this.provider.getMeter("test");
  }

  /** Collects through bytes: encoded as for the wire, and decoded. */
  async collect(reader = this.readers[0]!): Promise<ReadMetric[]> {
    const requests = await reader.collect((scopes, timeMs) =>
      encodeMetrics(scopes, timeMs, this.#keys),
    );
    return requests.flatMap(({ scopes }) => {
      const body = Buffer.concat(encodeRequest(encodeResource([], this.#keys), scopes));
      const batch = decodeRequest("metrics", "protobuf", body);
      if (batch.rejected.count > 0) throw new Error(batch.rejected.message);
      return readMetrics(batch);
    });
  }

  /** Points of one metric after a collection. */
  async points(name: string, reader?: MetricReader): Promise<ReadPoint[]> {
    const metrics = await this.collect(reader);
    return metrics.filter((metric) => metric.name === name).flatMap(({ points }) => points);
  }

  /** Values of one metric after a collection, by the text of their attributes. */
  async values(name: string, reader?: MetricReader): Promise<Record<string, number | bigint>> {
    const points = await this.points(name, reader);
    return Object.fromEntries(
      points.map(({ attributes, value }) => [JSON.stringify(attributes), value ?? Number.NaN]),
    );
  }
}

export const SAMPLED_SPAN: SpanContext = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: 1,
};
