// runtime.ts — the health of this process, as metrics by the names of the semantic conventions
// (semconv/runtime/nodejs-metrics, semconv/runtime/v8js-metrics, semconv/system/process-metrics).
//
// Everything is read when metrics are collected, so it costs nothing in between; only the delay of the
// event loop is watched all the time, by a timer inside libuv.

import type { BatchObservableResult, Meter, MeterProvider, Observable } from "@opentelemetry/api";

import { SDK_NAME, SDK_VERSION } from "../version.ts";
import { openEventLoopMetrics } from "./event-loop-metrics.ts";
import { openHeapMetrics } from "./heap-metrics.ts";
import { openProcessMetrics } from "./process-metrics.ts";

/** Instruments that are read together. */
export interface RuntimeSource {
  readonly instruments: readonly Observable[];
  observe(result: BatchObservableResult): void;
  close(): void;
}

const SOURCES: readonly ((meter: Meter) => RuntimeSource)[] = [
  openProcessMetrics,
  openHeapMetrics,
  openEventLoopMetrics,
];

/** Begins to report; `close` ends it. */
export function openRuntimeMetrics(provider: MeterProvider): { close(): void } {
  const meter = provider.getMeter(`${SDK_NAME}/runtime`, SDK_VERSION);
  const ends = SOURCES.map((openSource) => {
    const source = openSource(meter);
    const instruments = [...source.instruments];
    const callback = (result: BatchObservableResult): void => source.observe(result);
    meter.addBatchObservableCallback(callback, instruments);
    return (): void => {
      meter.removeBatchObservableCallback(callback, instruments);
      source.close();
    };
  });
  return {
    close: () => {
      for (const end of ends) end();
    },
  };
}
