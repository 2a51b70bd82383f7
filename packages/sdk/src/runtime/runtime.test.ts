import { describe, expect, test } from "vitest";

import { MetricHarness } from "../testdata/metric-harness.ts";
import { openRuntimeMetrics } from "./runtime.ts";

async function elapsed(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe("openRuntimeMetrics", () => {
  test("reports CPU, memory, heap and event loop by their names in the conventions (118)", async () => {
    const harness = new MetricHarness();
    const runtime = openRuntimeMetrics(harness.provider);
    await elapsed(120);
    const start = performance.now();
    while (performance.now() - start < 60) {
      // Busy, so that there is something to report.
    }
    await elapsed(60);

    const metrics = await harness.collect();
    runtime.close();

    const of = (name: string) => metrics.find((metric) => metric.name === name)!;
    const value = (name: string): number => Number(of(name).points[0]!.value);
    expect(metrics.map(({ name }) => name).toSorted()).toEqual([
      "nodejs.eventloop.delay.max",
      "nodejs.eventloop.delay.mean",
      "nodejs.eventloop.delay.min",
      "nodejs.eventloop.delay.p50",
      "nodejs.eventloop.delay.p90",
      "nodejs.eventloop.delay.p99",
      "nodejs.eventloop.delay.stddev",
      "nodejs.eventloop.time",
      "nodejs.eventloop.utilization",
      "process.cpu.time",
      "process.cpu.utilization",
      "process.memory.usage",
      "process.uptime",
      "v8js.memory.heap.space.size",
      "v8js.memory.heap.used",
    ]);
    expect(of("process.cpu.time")).toMatchObject({ type: "sum", isMonotonic: true, unit: "s" });
    expect(of("process.cpu.time").points.map(({ attributes }) => attributes["cpu.mode"])).toEqual([
      "user",
      "system",
    ]);
    expect(value("process.cpu.utilization")).toBeGreaterThan(0);
    expect(value("process.cpu.utilization")).toBeLessThanOrEqual(1.5);
    expect(value("process.memory.usage")).toBeGreaterThan(10_000_000);
    expect(value("process.uptime")).toBeGreaterThan(0);
    expect(of("v8js.memory.heap.used").points.length).toBeGreaterThan(3);
    expect(value("nodejs.eventloop.utilization")).toBeGreaterThan(0.05);
    expect(value("nodejs.eventloop.utilization")).toBeLessThan(1);
    expect(value("nodejs.eventloop.delay.max")).toBeGreaterThan(0.03);
    expect(value("nodejs.eventloop.delay.p50")).toBeLessThan(0.03);
  });

  test("the delay is of the time since the last collection", async () => {
    const harness = new MetricHarness();
    const runtime = openRuntimeMetrics(harness.provider);
    await elapsed(60);
    await harness.collect();

    const names = (await harness.collect()).map(({ name }) => name);
    runtime.close();

    expect(names).not.toContain("nodejs.eventloop.delay.max");
    expect(names).toContain("nodejs.eventloop.utilization");
  });

  test("is silent once it is closed", async () => {
    const harness = new MetricHarness();
    const runtime = openRuntimeMetrics(harness.provider);
    runtime.close();

    expect(await harness.collect()).toEqual([]);
  });
});
