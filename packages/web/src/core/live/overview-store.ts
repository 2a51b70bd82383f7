// overview-store.ts — the last 300 seconds of every service, and the newest runtime health.

import type { LiveOverview, ServiceSecond } from "@telemetry/dashboard/contract";

/** Seconds kept per service: what a snapshot brings. */
export const WINDOW_SECONDS = 300;

/** Services beyond this many are counted and not drawn. */
const SERVICES_MAX = 200;

/** Points of a health sparkline: two minutes at one a second. */
const HEALTH_POINTS = 120;

export interface OverviewTotals {
  readonly spans: number;
  readonly logs: number;
  readonly points: number;
  readonly errors: number;
}

/** One service as columns over the window; the last place is the newest second. NaN: no spans to measure. */
export interface ServiceSeries {
  readonly name: string;
  readonly rate: Float64Array;
  readonly errors: Float64Array;
  readonly p50Ms: Float64Array;
  readonly p95Ms: Float64Array;
  readonly p99Ms: Float64Array;
}

export interface HealthRow {
  readonly service: string;
  readonly instance: string;
  readonly values: Readonly<Record<string, number>>;
  /** Recent values by metric name, the newest last. */
  readonly history: Readonly<Record<string, readonly number[]>>;
}

const NO_TOTALS: OverviewTotals = { spans: 0, logs: 0, points: 0, errors: 0 };

export class OverviewStore {
  readonly #services = new Map<string, Map<number, ServiceSecond>>();
  readonly #health = new Map<
    string,
    { values: Record<string, number>; history: Map<string, number[]>; atSecond: number }
  >();
  #totals = NO_TOTALS;
  #droppedServiceCount = 0;
  #hasData = false;

  get totals(): OverviewTotals {
    return this.#totals;
  }

  /** Whether a frame has arrived at all. */
  get hasData(): boolean {
    return this.#hasData;
  }

  get droppedServiceCount(): number {
    return this.#droppedServiceCount;
  }

  apply(frame: LiveOverview, nowMs: number): void {
    this.#hasData = true;
    if (frame.snapshot) this.#services.clear();
    for (const { name, seconds } of frame.services) this.#addSeconds(name, seconds);
    for (const row of frame.health) this.#addHealth(row, Math.floor(nowMs / 1_000));
    this.#totals = frame.totals;
    this.#forget(Math.floor(nowMs / 1_000) - WINDOW_SECONDS);
  }

  /** Services by name, each over `seconds` up to and without `endSecond` (the current second is not complete). */
  series(endSecond: number, seconds = WINDOW_SECONDS): ServiceSeries[] {
    const names = [...this.#services.keys()].sort();
    return names.map((name) =>
      seriesOf(name, this.#services.get(name)!, endSecond - seconds, seconds),
    );
  }

  /** By service, then instance. */
  health(): HealthRow[] {
    return [...this.#health]
      .map(([key, { values, history }]) => {
        const [service, instance] = JSON.parse(key) as [string, string]; // written below
        return { service, instance, values, history: Object.fromEntries(history) };
      })
      .sort((a, b) => a.service.localeCompare(b.service) || a.instance.localeCompare(b.instance));
  }

  #addSeconds(name: string, seconds: readonly ServiceSecond[]): void {
    let known = this.#services.get(name);
    if (known === undefined && this.#services.size >= SERVICES_MAX) {
      this.#droppedServiceCount++;
      return;
    }
    if (known === undefined) this.#services.set(name, (known = new Map()));
    for (const second of seconds) known.set(second.second, second);
  }

  #addHealth(row: LiveOverview["health"][number], atSecond: number): void {
    const key = JSON.stringify([row.service, row.instance]);
    let known = this.#health.get(key);
    if (known === undefined) {
      if (this.#health.size >= SERVICES_MAX) return;
      this.#health.set(key, (known = { values: {}, history: new Map(), atSecond: 0 }));
    }
    const isNewSecond = known.atSecond !== atSecond;
    known.atSecond = atSecond;
    known.values = { ...known.values, ...row.values };
    for (const [name, value] of Object.entries(known.values)) {
      let points = known.history.get(name);
      if (points === undefined) known.history.set(name, (points = []));
      if (isNewSecond || points.length === 0) points.push(value);
      else points[points.length - 1] = value;
      if (points.length > HEALTH_POINTS) points.shift();
    }
  }

  #forget(beforeSecond: number): void {
    for (const seconds of this.#services.values()) {
      for (const second of seconds.keys()) if (second < beforeSecond) seconds.delete(second);
    }
  }
}

function seriesOf(
  name: string,
  bySecond: ReadonlyMap<number, ServiceSecond>,
  fromSecond: number,
  seconds: number,
): ServiceSeries {
  const series = {
    name,
    rate: new Float64Array(seconds),
    errors: new Float64Array(seconds),
    p50Ms: new Float64Array(seconds).fill(Number.NaN),
    p95Ms: new Float64Array(seconds).fill(Number.NaN),
    p99Ms: new Float64Array(seconds).fill(Number.NaN),
  };
  for (let at = 0; at < seconds; at++) {
    const second = bySecond.get(fromSecond + at);
    if (second === undefined) continue;
    series.rate[at] = second.spans;
    series.errors[at] = second.errors;
    series.p50Ms[at] = second.p50Ms ?? Number.NaN;
    series.p95Ms[at] = second.p95Ms ?? Number.NaN;
    series.p99Ms[at] = second.p99Ms ?? Number.NaN;
  }
  return series;
}
