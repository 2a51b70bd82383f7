// heap-metrics.ts — v8js.memory.heap.used and v8js.memory.heap.space.size, by heap space.
//
// The second one replaces v8js.memory.heap.limit, which the conventions have deprecated.

import { getHeapSpaceStatistics } from "node:v8";
import type { Meter } from "@opentelemetry/api";

import type { RuntimeSource } from "./runtime.ts";

export function openHeapMetrics(meter: Meter): RuntimeSource {
  const used = meter.createObservableUpDownCounter("v8js.memory.heap.used", {
    description: "Heap memory in use",
    unit: "By",
  });
  const size = meter.createObservableUpDownCounter("v8js.memory.heap.space.size", {
    description: "Heap memory allocated",
    unit: "By",
  });
  return {
    instruments: [used, size],
    observe: (result) => {
      for (const space of getHeapSpaceStatistics()) {
        const attributes = { "v8js.heap.space.name": space.space_name };
        result.observe(used, space.space_used_size, attributes);
        result.observe(size, space.space_size, attributes);
      }
    },
    close: () => {},
  };
}
