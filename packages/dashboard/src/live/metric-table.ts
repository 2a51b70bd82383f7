// metric-table.ts — the metrics that arrive: what there is of each, and the newest point of every series.

import { readString, type MetricBatch } from "@telemetry/otlp";
import type { LiveMetric, MetricInfo } from "../contract/contract.ts";
import type { Station } from "../self/self.ts";
import { readAttributes } from "./contract-values.ts";
import { METRIC_KINDS, numberOf, visitPoints } from "./metric-points.ts";
import type { MetricPoint, Population } from "./metric-points.ts";
import { seriesKeyOf } from "./series-key.ts";

export const METRICS_MAX = 2_000;
export const SERIES_PER_METRIC_MAX = 200;
export const SERIES_MAX = 20_000;
/** Services and attribute keys that the catalogue lists of one metric. */
const NAMES_MAX = 200;

type Series = LiveMetric["series"][number] & {
  population: Population | undefined;
  changedInFrame: number;
};

class MetricEntry {
  readonly info: MetricInfo;
  readonly series = new Map<number, Series>();
  readonly services = new Set<string>();
  readonly attributeKeys = new Set<string>();
  changed: Series[] = [];
  isInfoNew = true;

  constructor(info: Omit<MetricInfo, "services" | "attributeKeys">) {
    this.info = { ...info, services: [], attributeKeys: [] };
  }

  /** The catalogue's line as it is now. */
  describe(): MetricInfo {
    return {
      ...this.info,
      services: [...this.services].sort(),
      attributeKeys: [...this.attributeKeys].sort(),
    };
  }
}

export class MetricTable {
  readonly #station: Station;
  /** By name and kind. */
  readonly #metrics = new Map<string, MetricEntry>();
  readonly #changed = new Set<MetricEntry>();
  #seriesCount = 0;
  #frame = 0;

  constructor(station: Station) {
    this.#station = station;
  }

  add(batch: MetricBatch, serviceOfScope: readonly string[]): void {
    const { metrics } = batch;
    const entries = Array.from({ length: metrics.count }, (_, row) => this.#entryOf(batch, row));
    visitPoints(batch, (point) => {
      const entry = entries[point.metric];
      const service = serviceOfScope[metrics.scope[point.metric] as number] as string;
      if (entry !== undefined) this.#addPoint(batch, entry, service, point);
    });
  }

  #entryOf(batch: MetricBatch, row: number): MetricEntry | undefined {
    const { metrics } = batch;
    const type = METRIC_KINDS[metrics.type[row] as number];
    if (type === undefined) return undefined; // a metric without data
    const name = readString(batch, metrics.name, row);
    const key = `${type} ${name}`;
    const known = this.#metrics.get(key);
    if (known !== undefined) return known;
    if (this.#metrics.size >= METRICS_MAX) {
      this.#station.count("metrics_dropped");
      return undefined;
    }
    const entry = new MetricEntry({
      name,
      type,
      unit: readString(batch, metrics.unit, row),
      description: readString(batch, metrics.description, row),
      ...(type === "sum" && { monotonic: metrics.monotonic[row] === 1 }),
    });
    this.#metrics.set(key, entry);
    return entry;
  }

  #addPoint(batch: MetricBatch, entry: MetricEntry, service: string, point: MetricPoint): void {
    const key = seriesKeyOf(batch, point.start, point.end, service);
    const series = entry.series.get(key) ?? this.#startSeries(batch, entry, service, point, key);
    if (series === undefined) return;
    const value = numberOf(point, series.population);
    series.population = point.population;
    if (value === undefined || !Number.isFinite(value)) return; // JSON has no number for it
    series.point = [String(point.timeUnixNano), value];
    if (series.changedInFrame !== this.#frame) {
      series.changedInFrame = this.#frame;
      entry.changed.push(series);
      this.#changed.add(entry);
    }
  }

  #startSeries(
    batch: MetricBatch,
    entry: MetricEntry,
    service: string,
    { start, end }: MetricPoint,
    key: number,
  ): Series | undefined {
    const attributes = readAttributes(batch, start, end);
    this.#describe(entry, service, Object.keys(attributes));
    if (entry.series.size >= SERIES_PER_METRIC_MAX || this.#seriesCount >= SERIES_MAX) {
      this.#station.count("points_of_dropped_series");
      return undefined;
    }
    const series: Series = {
      service,
      attributes,
      point: ["0", Number.NaN],
      population: undefined,
      changedInFrame: -1,
    };
    entry.series.set(key, series);
    this.#seriesCount++;
    return series;
  }

  #describe(entry: MetricEntry, service: string, keys: readonly string[]): void {
    const before = entry.services.size + entry.attributeKeys.size;
    if (entry.services.size < NAMES_MAX) entry.services.add(service);
    for (const key of keys) if (entry.attributeKeys.size < NAMES_MAX) entry.attributeKeys.add(key);
    if (entry.services.size + entry.attributeKeys.size === before && !entry.isInfoNew) return;
    entry.isInfoNew = true;
    this.#changed.add(entry);
  }

  /** Lines of the catalogue that are new or say more than before, in this frame. */
  newInfos(): MetricInfo[] {
    return [...this.#changed].filter(({ isInfoNew }) => isInfoNew).map((entry) => entry.describe());
  }

  /** The points of this frame, of metrics with one of these names. */
  changedPoints(names: ReadonlySet<string>): LiveMetric[] {
    return [...this.#changed]
      .filter(({ info, changed }) => names.has(info.name) && changed.length > 0)
      .map(({ info, changed }) => ({ name: info.name, series: changed.map(shown) }));
  }

  endFrame(): void {
    this.#frame++;
    for (const entry of this.#changed) {
      entry.changed = [];
      entry.isInfoNew = false;
    }
    this.#changed.clear();
  }

  /** The whole catalogue. */
  infos(): MetricInfo[] {
    return [...this.#metrics.values()].map((entry) => entry.describe());
  }

  /** The newest points of metrics with one of these names. */
  points(names: ReadonlySet<string>): LiveMetric[] {
    return [...this.#metrics.values()]
      .filter(({ info, series }) => names.has(info.name) && series.size > 0)
      .map(({ info, series }) => ({
        name: info.name,
        series: [...series.values()].filter(({ point }) => point[0] !== "0").map(shown),
      }));
  }
}

function shown({ service, attributes, point }: Series): LiveMetric["series"][number] {
  return { service, attributes, point };
}
