// health.ts — the runtime metrics that say how a process is, by their semantic-convention names.
//
// Different SDKs and versions report different ones; of each indicator the first that is there is shown.

export interface HealthIndicator {
  readonly label: string;
  /** Metric names, the best first. */
  readonly names: readonly string[];
  /** UCUM; `share` is a part of 1. */
  readonly unit: string;
  /** From here on it is worth a look; absent when there is no such bound. */
  readonly warnFrom?: number;
  /** The natural top of the scale, if there is one. */
  readonly max?: number;
}

export const HEALTH_INDICATORS: readonly HealthIndicator[] = [
  {
    label: "CPU",
    names: ["process.cpu.utilization", "jvm.cpu.recent_utilization", "system.cpu.utilization"],
    unit: "share",
    warnFrom: 0.9,
    max: 1,
  },
  {
    label: "Memory",
    names: [
      "process.memory.usage",
      "v8js.memory.heap.used",
      "jvm.memory.used",
      "process.memory.virtual",
    ],
    unit: "By",
  },
  {
    label: "Event loop delay",
    names: [
      "nodejs.eventloop.delay.p99",
      "nodejs.eventloop.delay.max",
      "nodejs.eventloop.delay.mean",
    ],
    unit: "s",
    warnFrom: 0.1,
  },
  {
    label: "Event loop busy",
    names: ["nodejs.eventloop.utilization"],
    unit: "share",
    warnFrom: 0.9,
    max: 1,
  },
];

/** The metric name with which a process reports an indicator. */
export function findIndicator(
  indicator: HealthIndicator,
  values: Readonly<Record<string, number>>,
): string | undefined {
  return indicator.names.find((name) => values[name] !== undefined);
}
