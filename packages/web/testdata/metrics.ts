// metrics.ts — a catalogue, series that wander, runtime health and registered views.

import type { LiveOverview, MetricInfo, MetricQueryAnswer, View } from "@telemetry/dashboard/contract";
import { Random } from "./random.ts";

const ALL = ["gateway", "planner", "researcher", "tool-runner"];

export const METRICS: readonly MetricInfo[] = [
  { name: "http.server.request.duration", type: "histogram", unit: "s", description: "Duration of HTTP server requests.", services: ["gateway", "planner"], attributeKeys: ["http.route", "http.request.method", "http.response.status_code"] },
  { name: "gen_ai.client.operation.duration", type: "histogram", unit: "s", description: "GenAI operation duration.", services: ["researcher"], attributeKeys: ["gen_ai.request.model", "gen_ai.operation.name"] },
  { name: "gen_ai.client.token.usage", type: "histogram", unit: "{token}", description: "Number of input and output tokens used.", services: ["researcher"], attributeKeys: ["gen_ai.token.type", "gen_ai.request.model"] },
  { name: "agents.tasks", type: "sum", monotonic: true, unit: "{task}", description: "Tasks that were started.", services: ["planner"], attributeKeys: ["task.depth", "outcome"] },
  { name: "agents.queue.length", type: "sum", unit: "{task}", description: "Tasks that wait for a worker.", services: ["planner"], attributeKeys: ["queue"] },
  { name: "agents.retries", type: "sum", monotonic: true, unit: "{retry}", description: "Calls that were made again.", services: ["tool-runner"], attributeKeys: ["tool.name"] },
  { name: "process.cpu.utilization", type: "gauge", unit: "1", description: "Share of the CPU that the process used.", services: ALL, attributeKeys: ["cpu.mode"] },
  { name: "process.memory.usage", type: "sum", unit: "By", description: "The amount of physical memory in use.", services: ALL, attributeKeys: [] },
  { name: "nodejs.eventloop.delay.p99", type: "gauge", unit: "s", description: "Event loop 99 percentile delay.", services: ALL, attributeKeys: [] },
  { name: "nodejs.eventloop.utilization", type: "gauge", unit: "1", description: "Event loop utilization.", services: ALL, attributeKeys: [] },
  { name: "v8js.memory.heap.used", type: "gauge", unit: "By", description: "Heap memory size in use.", services: ALL, attributeKeys: ["v8js.heap.space.name"] },
];

export const VIEWS: readonly View[] = [
  { id: "v1", metricName: "gen_ai.client.operation.duration", chartType: "line_chart", title: "Model latency, p95", aggregate: "p95", groupBy: ["gen_ai.request.model"] },
  { id: "v2", metricName: "agents.tasks", chartType: "bar_chart", title: "Tasks per second", aggregate: "rate" },
  { id: "v3", metricName: "gen_ai.client.token.usage", chartType: "stat", title: "Tokens per second", aggregate: "rate" },
  { id: "v4", metricName: "process.cpu.utilization", chartType: "gauge", title: "CPU" },
  { id: "v5", metricName: "agents.retries", chartType: "table", title: "Retries by tool", groupBy: ["tool.name"] },
  { id: "v6", metricName: "http.server.request.duration", chartType: "heatmap", title: "Latency by route", groupBy: ["http.route"] },
  { id: "v7", metricName: "gen_ai.client.operation.duration", chartType: "histogram", title: "Model latency" },
  { id: "v8", metricName: "agents.queue.length", chartType: "log", title: "Queue length" },
];

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  "gen_ai.request.model": ["gpt-sim", "gpt-sim-mini"],
  "tool.name": ["search", "fetch", "calculator", "sql"],
  "http.route": ["/v1/tasks", "/v1/tasks/{id}", "/health", "/v1/plans", "/v1/tools"],
  "service.name": ALL,
  "http.response.status_code": ["200", "404", "502"],
};

const LEVELS: Readonly<Record<string, number>> = { s: 0.12, By: 92e6, "1": 0.24, "{token}": 640, "{task}": 14, "{retry}": 0.6 };

/** Series that are the same for the same question; a value belongs to its time, so that asking again agrees. */
export function metricSeries(name: string, groupBy: readonly string[], fromMs: number, toMs: number, stepMs: number): MetricQueryAnswer {
  const metric = METRICS.find((one) => one.name === name);
  const key = groupBy[0];
  const groups = key === undefined ? [undefined] : (GROUPS[key] ?? ["a", "b"]);
  const first = Math.ceil(fromMs / stepMs) * stepMs;
  return {
    stepSeconds: stepMs / 1_000,
    ...(metric === undefined ? {} : { type: metric.type, unit: metric.unit }),
    series: groups.map((group, place) => {
      const level = (LEVELS[metric?.unit ?? "1"] ?? 1) * (1 + place * 0.45);
      const points: [string, number][] = [];
      for (let ms = first; ms <= toMs; ms += stepMs) points.push([`${ms}000000`, wander(ms, place, level)]);
      return {
        attributes: group === undefined ? {} : { [key!]: group },
        points,
        ...(metric?.type === "histogram" && place === 0 ? { exemplars: exemplarsOf(points) } : {}),
      };
    }),
  };
}

function wander(ms: number, place: number, level: number): number {
  const noise = new Random(Math.floor(ms / 1_000) * 31 + place).between(-0.12, 0.12);
  const minutes = ms / 60_000;
  return level * (1 + 0.3 * Math.sin(minutes / 3 + place) + 0.12 * Math.sin(minutes * 1.7 + place * 2) + noise);
}

function exemplarsOf(points: readonly [string, number][]): { timeUnixNano: string; value: number; traceId: string; spanId: string }[] {
  return points
    .filter((_, place) => place % 17 === 5)
    .map(([timeUnixNano, value], place) => ({ timeUnixNano, value: value * 1.3, traceId: new Random(place).hex(32), spanId: new Random(place).hex(16) }));
}

export function healthAt(second: number): LiveOverview["health"] {
  return ALL.map((service, place) => {
    const random = new Random(second * 13 + place);
    return {
      service,
      instance: `${service}-7f9c${place}`,
      values: {
        "process.cpu.utilization": Math.min(1, 0.1 + place * 0.11 + 0.08 * Math.sin(second / 9 + place) + random.between(0, 0.06)),
        "process.memory.usage": (84 + place * 37 + 6 * Math.sin(second / 21)) * 1e6,
        "nodejs.eventloop.delay.p99": 0.011 + random.between(0, 0.004) + (place === 3 && second % 40 < 6 ? 0.12 : 0),
        "nodejs.eventloop.utilization": Math.min(1, 0.18 + place * 0.12 + random.between(0, 0.1)),
      },
    };
  });
}
