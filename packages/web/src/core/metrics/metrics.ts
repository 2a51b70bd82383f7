// metrics.ts — series of a metric as columns, names and numbers for a chart. The face of `metrics`.

export {
  aggregateLabel,
  aggregatesOf,
  completeBuckets,
  defaultAggregate,
  unitOfAggregate,
} from "./aggregates.ts";
export { alignSeries, summarise } from "./columns.ts";
export type { AlignedSeries, SeriesSummary } from "./columns.ts";
export { seriesLabel } from "./labels.ts";
export { binValues } from "./bins.ts";
export type { ValueBins } from "./bins.ts";
