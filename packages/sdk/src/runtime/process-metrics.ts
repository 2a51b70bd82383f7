// process-metrics.ts — process.cpu.time, process.cpu.utilization, process.memory.usage, process.uptime.

import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import type { Meter } from "@opentelemetry/api";

import type { RuntimeSource } from "./runtime.ts";

const US_PER_SECOND = 1_000_000;
const US_PER_MS = 1_000;

export function openProcessMetrics(meter: Meter): RuntimeSource {
  const cpuTime = meter.createObservableCounter("process.cpu.time", {
    description: "CPU time used by the process",
    unit: "s",
  });
  const cpuUtilization = meter.createObservableGauge("process.cpu.utilization", {
    description: "Share of the CPU time that all cores have had since the last measurement",
    unit: "1",
  });
  const memoryUsage = meter.createObservableUpDownCounter("process.memory.usage", {
    description: "Physical memory in use",
    unit: "By",
  });
  const uptime = meter.createObservableGauge("process.uptime", {
    description: "Time since the process started",
    unit: "s",
  });
  const cores = availableParallelism();
  let before = process.cpuUsage();
  let beforeMs = performance.now();

  return {
    instruments: [cpuTime, cpuUtilization, memoryUsage, uptime],
    observe: (result) => {
      const cpu = process.cpuUsage();
      const nowMs = performance.now();
      result.observe(cpuTime, cpu.user / US_PER_SECOND, { "cpu.mode": "user" });
      result.observe(cpuTime, cpu.system / US_PER_SECOND, { "cpu.mode": "system" });
      const busyUs = cpu.user + cpu.system - before.user - before.system;
      const elapsedUs = (nowMs - beforeMs) * US_PER_MS;
      if (elapsedUs > 0) result.observe(cpuUtilization, busyUs / elapsedUs / cores);
      before = cpu;
      beforeMs = nowMs;
      result.observe(memoryUsage, process.memoryUsage.rss());
      result.observe(uptime, process.uptime());
    },
    close: () => {},
  };
}
