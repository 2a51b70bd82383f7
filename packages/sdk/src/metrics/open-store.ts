// open-store.ts — chooses the aggregation of a stream: the view's, else the instrument's advice, else the
// reader's default (metrics/sdk.md, "Default aggregation").

import { MetricType } from "@telemetry/otlp/encode";

import { isObservable } from "./descriptor.ts";
import type { InstrumentDescriptor, InstrumentKind } from "./descriptor.ts";
import type { ExemplarSource } from "./exemplars.ts";
import {
  EXPONENTIAL_SCALE_DEFAULT,
  EXPONENTIAL_SIZE_DEFAULT,
  ExponentialStore,
} from "./exponential-store.ts";
import { DEFAULT_BOUNDARIES, HistogramStore } from "./histogram-store.ts";
import { NumberStore } from "./number-store.ts";
import { ObservedStore } from "./observed-store.ts";
import type { MetricReader } from "./reader.ts";
import type { Store, StoreOptions } from "./store.ts";
import type { Aggregation, StreamPlan } from "./views.ts";

type KeptAggregation = Exclude<Aggregation, "default" | "drop">;

export interface StoreSurroundings {
  readonly reader: MetricReader;
  readonly exemplars: ExemplarSource;
  /** For plans without a limit of their own. */
  readonly cardinalityLimit: number | undefined;
}

export function openStore(
  plan: StreamPlan,
  descriptor: InstrumentDescriptor,
  surroundings: StoreSurroundings,
): Store {
  const { reader, exemplars, cardinalityLimit } = surroundings;
  const options: StoreOptions = {
    temporality: reader.temporalityOf(descriptor.kind),
    cardinalityLimit: plan.cardinalityLimit ?? cardinalityLimit,
    keepsKey: plan.keepsKey,
    isInteger: descriptor.isInteger,
    exemplars,
  };
  const aggregation = aggregationOf(plan.aggregation, descriptor, reader);
  if (aggregation === "sum" || aggregation === "lastValue") {
    const type = aggregation === "sum" ? MetricType.sum : MetricType.gauge;
    return isObservable(descriptor.kind)
      ? new ObservedStore(type, options)
      : new NumberStore(type, options);
  }
  const { recordMinMax = true } = aggregation;
  if (aggregation.type === "histogram") {
    const boundaries = aggregation.boundaries ?? descriptor.advice.boundaries ?? DEFAULT_BOUNDARIES;
    return new HistogramStore({ ...options, boundaries, recordMinMax });
  }
  const { maxSize = EXPONENTIAL_SIZE_DEFAULT, maxScale = EXPONENTIAL_SCALE_DEFAULT } = aggregation;
  return new ExponentialStore({ ...options, maxSize, maxScale, recordMinMax });
}

function aggregationOf(
  aggregation: Aggregation,
  descriptor: InstrumentDescriptor,
  reader: MetricReader,
): KeptAggregation {
  if (aggregation !== "default" && aggregation !== "drop") return aggregation;
  if (descriptor.kind !== "histogram") return NUMBER_AGGREGATIONS[descriptor.kind];
  const isExponential =
    descriptor.advice.exponential ??
    (reader.histogram === "base2_exponential_bucket_histogram" &&
      descriptor.advice.boundaries === undefined);
  return { type: isExponential ? "exponentialHistogram" : "histogram" };
}

const NUMBER_AGGREGATIONS: Readonly<
  Record<Exclude<InstrumentKind, "histogram">, "sum" | "lastValue">
> = {
  counter: "sum",
  upDownCounter: "sum",
  gauge: "lastValue",
  observableCounter: "sum",
  observableUpDownCounter: "sum",
  observableGauge: "lastValue",
};
