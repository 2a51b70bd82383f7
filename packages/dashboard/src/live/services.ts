// services.ts — the windows of all services, fed with the spans of each batch.

import { isZeroId, wordsOf, type TraceBatch } from "@telemetry/otlp";
import type { LiveOverview } from "../contract/contract.ts";
import type { Station } from "../self/self.ts";
import { ServiceWindow, WINDOW_SECONDS } from "./service-window.ts";
import { SpanWeights } from "./span-weight.ts";

/** Services whose windows are kept. One window takes 40 KiB. */
export const SERVICES_MAX = 200;

const TWO_32 = 4_294_967_296;
const NS_PER_SECOND = 1e9;
const KIND_SERVER = 2;
const KIND_CONSUMER = 5;
const STATUS_ERROR = 2;

export class Services {
  readonly #station: Station;
  readonly #windows = new Map<string, ServiceWindow>();
  errorCount = 0;

  constructor(station: Station) {
    this.#station = station;
  }

  get size(): number {
    return this.#windows.size;
  }

  /** Counts the spans of a batch. `serviceOfScope` has the service's name of each scope. hot: see live.bench.ts */
  add(batch: TraceBatch, serviceOfScope: readonly string[], receivedAtMs: number): void {
    const { spans } = batch;
    const starts = wordsOf(spans.startTimeUnixNano);
    const ends = wordsOf(spans.endTimeUnixNano);
    const weights = new SpanWeights(batch);
    const receivedSecond = Math.floor(receivedAtMs / 1_000);
    let scope = -1;
    let window: ServiceWindow | undefined;
    let droppedCount = 0;
    let expiredCount = 0;
    for (let row = 0; row < spans.count; row++) {
      if (spans.scope[row] !== scope) {
        scope = spans.scope[row] as number;
        window = this.#findWindow(serviceOfScope[scope] as string, receivedSecond);
      }
      const isError = spans.statusCode[row] === STATUS_ERROR;
      if (isError) this.errorCount++;
      if (window === undefined) {
        droppedCount++;
        continue;
      }
      const startNs = (starts[row * 2 + 1] as number) * TWO_32 + (starts[row * 2] as number);
      const endNs = (ends[row * 2 + 1] as number) * TWO_32 + (ends[row * 2] as number);
      const isOver = endNs !== 0;
      // A clock that is ahead must not move the window into the future.
      const second = Math.min(
        Math.floor((isOver ? endNs : startNs || receivedSecond * NS_PER_SECOND) / NS_PER_SECOND),
        receivedSecond,
      );
      if (second <= receivedSecond - WINDOW_SECONDS) {
        expiredCount++;
        continue;
      }
      const kind = spans.kind[row];
      const isEntry =
        kind === KIND_SERVER || kind === KIND_CONSUMER || isZeroId(spans.parentSpanId, row, 8);
      const durationNs = isEntry && isOver ? Math.max(0, durationOf(starts, ends, row)) : undefined;
      window.add(second, isError, durationNs, weights.of(row));
    }
    if (droppedCount > 0) this.#station.count("spans_of_dropped_services", droppedCount);
    if (expiredCount > 0) this.#station.count("spans_before_window", expiredCount);
  }

  /** The window of a service; undefined when there are too many services. */
  #findWindow(name: string, nowSecond: number): ServiceWindow | undefined {
    const known = this.#windows.get(name);
    if (known !== undefined) return known;
    if (this.#windows.size >= SERVICES_MAX) this.#forgetSilent(nowSecond);
    if (this.#windows.size >= SERVICES_MAX) return undefined;
    const window = new ServiceWindow(name);
    this.#windows.set(name, window);
    return window;
  }

  #forgetSilent(nowSecond: number): void {
    for (const [name, { newestSecond }] of this.#windows) {
      if (newestSecond <= nowSecond - WINDOW_SECONDS) this.#windows.delete(name);
    }
  }

  /** The seconds that changed since the last call. */
  takeChanged(): LiveOverview["services"] {
    const changed: LiveOverview["services"] = [];
    for (const window of this.#windows.values()) {
      if (window.hasChanged) changed.push({ name: window.name, seconds: window.takeChanged() });
    }
    return changed;
  }

  snapshot(nowMs: number): LiveOverview["services"] {
    const lastSecond = Math.floor(nowMs / 1_000);
    return [...this.#windows.values()]
      .map((window) => ({ name: window.name, seconds: window.snapshot(lastSecond) }))
      .filter(({ seconds }) => seconds.length > 0);
  }
}

/** End minus start, exact as long as it is below 104 days. */
function durationOf(starts: Uint32Array, ends: Uint32Array, row: number): number {
  const high = (ends[row * 2 + 1] as number) - (starts[row * 2 + 1] as number);
  const low = (ends[row * 2] as number) - (starts[row * 2] as number);
  return high * TWO_32 + low;
}
