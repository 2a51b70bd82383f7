// event-loop-metrics.ts — nodejs.eventloop.delay.*, nodejs.eventloop.utilization, nodejs.eventloop.time.
//
// Node's histogram holds the time between two ticks of a timer, so an idle loop shows the timer's own
// interval (20.1 ms for 20 ms). What is reported is how much later than asked for.

import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { Meter } from "@opentelemetry/api";

import type { RuntimeSource } from "./runtime.ts";

/** How often the delay is measured: 50 times a second cannot be seen in a profile. */
const RESOLUTION_MS = 20;
const NS_PER_SECOND = 1_000_000_000;
const MS_PER_SECOND = 1_000;
const PERCENTILES = [50, 90, 99] as const;

export function openEventLoopMetrics(meter: Meter): RuntimeSource {
  const delay = (name: string): ReturnType<Meter["createObservableGauge"]> =>
    meter.createObservableGauge(`nodejs.eventloop.delay.${name}`, {
      description: `How late callbacks ran since the last measurement: ${name}`,
      unit: "s",
    });
  const [min, max, mean, stddev] = [delay("min"), delay("max"), delay("mean"), delay("stddev")];
  const percentiles = PERCENTILES.map((percent) => [percent, delay(`p${percent}`)] as const);
  const utilization = meter.createObservableGauge("nodejs.eventloop.utilization", {
    description: "Share of the time in which the event loop was busy since the last measurement",
    unit: "1",
  });
  const time = meter.createObservableCounter("nodejs.eventloop.time", {
    description: "Time that the event loop has been busy and idle",
    unit: "s",
  });
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let before = performance.eventLoopUtilization();

  return {
    instruments: [
      min,
      max,
      mean,
      stddev,
      ...percentiles.map(([, gauge]) => gauge),
      utilization,
      time,
    ],
    observe: (result) => {
      const now = performance.eventLoopUtilization();
      result.observe(utilization, performance.eventLoopUtilization(now, before).utilization);
      result.observe(time, now.active / MS_PER_SECOND, { "nodejs.eventloop.state": "active" });
      result.observe(time, now.idle / MS_PER_SECOND, { "nodejs.eventloop.state": "idle" });
      before = now;
      if (histogram.count === 0) return;
      result.observe(min, late(histogram.min));
      result.observe(max, late(histogram.max));
      result.observe(mean, late(histogram.mean));
      result.observe(stddev, histogram.stddev / NS_PER_SECOND);
      for (const [percent, gauge] of percentiles) {
        result.observe(gauge, late(histogram.percentile(percent)));
      }
      histogram.reset();
    },
    close: () => {
      histogram.disable();
    },
  };
}

/** Seconds beyond the timer's interval. */
function late(ns: number): number {
  return Math.max(0, ns / NS_PER_SECOND - RESOLUTION_MS / MS_PER_SECOND);
}
