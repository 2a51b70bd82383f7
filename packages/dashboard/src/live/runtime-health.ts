// runtime-health.ts — how each process is: the newest value of its runtime metrics, by their semantic-convention names.
//
// Gauges and sums only. What a metric is split by (heap spaces, CPU modes) is added up, without the time in which
// a CPU was idle.

import { findAttribute, readString, readValue, type MetricBatch } from "@telemetry/otlp";
import type { LiveOverview } from "../contract/contract.ts";
import type { Station } from "../self/self.ts";
import { readServiceName } from "./batch-json.ts";

/** Names of metrics that describe a process or its host. */
const RUNTIME_METRIC =
  /^(?:process|system|nodejs|v8js|deno|bun|jvm|go|cpython|python|dotnet|ruby|php|rust|container|k8s)\./;

export const INSTANCES_MAX = 200;
const VALUES_PER_INSTANCE_MAX = 200;
/** A process that has not reported for this long is gone. */
const SILENCE_MS_MAX = 60_000;

const encoder = new TextEncoder();
const INSTANCE_KEYS = ["service.instance.id", "process.pid", "host.name"].map((key) =>
  encoder.encode(key),
);
const MODE_KEYS = ["cpu.mode", "system.cpu.state", "state"].map((key) => encoder.encode(key));

type Health = LiveOverview["health"][number];

interface Instance {
  readonly health: Health;
  reportedAtMs: number;
}

export class RuntimeHealth {
  readonly #station: Station;
  readonly #instances = new Map<string, Instance>();
  readonly #changed = new Set<Instance>();

  constructor(station: Station) {
    this.#station = station;
  }

  add(batch: MetricBatch, receivedAtMs: number): void {
    const runtimeMetrics = namesOfRuntimeMetrics(batch);
    if (runtimeMetrics.size === 0) return;
    const { numbers, metrics, scopes } = batch;
    const sums = new Map<Instance, Record<string, number>>();
    for (let row = 0; row < numbers.count; row++) {
      const metric = numbers.metric[row] as number;
      const name = runtimeMetrics.get(metric);
      if (name === undefined || isIdle(batch, row)) continue;
      const resource = scopes.resource[metrics.scope[metric] as number] as number;
      const instance = this.#instanceOf(batch, resource, receivedAtMs);
      if (instance === undefined) continue;
      let values = sums.get(instance);
      if (values === undefined) sums.set(instance, (values = {}));
      values[name] = (values[name] ?? 0) + valueOf(batch, row);
    }
    for (const [instance, values] of sums) this.#update(instance, values, receivedAtMs);
  }

  #update(instance: Instance, values: Record<string, number>, receivedAtMs: number): void {
    const known = instance.health.values;
    instance.reportedAtMs = receivedAtMs;
    this.#changed.add(instance);
    for (const [name, value] of Object.entries(values)) {
      if (!(name in known) && Object.keys(known).length >= VALUES_PER_INSTANCE_MAX) {
        this.#station.count("health_values_dropped");
      } else known[name] = value;
    }
  }

  #instanceOf(batch: MetricBatch, resource: number, nowMs: number): Instance | undefined {
    const service = readServiceName(batch, resource);
    const instance = readInstance(batch, resource);
    const key = JSON.stringify([service, instance]);
    const known = this.#instances.get(key);
    if (known !== undefined) return known;
    this.#forgetSilent(nowMs);
    if (this.#instances.size >= INSTANCES_MAX) {
      this.#station.count("health_instances_dropped");
      return undefined;
    }
    const added = { health: { service, instance, values: {} }, reportedAtMs: nowMs };
    this.#instances.set(key, added);
    return added;
  }

  #forgetSilent(nowMs: number): void {
    for (const [key, instance] of this.#instances) {
      if (instance.reportedAtMs < nowMs - SILENCE_MS_MAX) this.#instances.delete(key);
    }
  }

  /** Those that reported since the last call, whole. */
  takeChanged(): Health[] {
    const changed = [...this.#changed].map(({ health }) => health);
    this.#changed.clear();
    return changed;
  }

  get hasChanged(): boolean {
    return this.#changed.size > 0;
  }

  snapshot(nowMs: number): Health[] {
    this.#forgetSilent(nowMs);
    return [...this.#instances.values()].map(({ health }) => health);
  }
}

/** Metrics of the batch that tell how a process is, by their rows. */
function namesOfRuntimeMetrics(batch: MetricBatch): Map<number, string> {
  const names = new Map<number, string>();
  for (let row = 0; row < batch.metrics.count; row++) {
    const name = readString(batch, batch.metrics.name, row);
    if (RUNTIME_METRIC.test(name)) names.set(row, name);
  }
  return names;
}

function readInstance(batch: MetricBatch, resource: number): string {
  const { attributes } = batch.resources;
  const [start, end] = [attributes[resource] as number, attributes[resource + 1] as number];
  for (const key of INSTANCE_KEYS) {
    const row = findAttribute(batch, start, end, key);
    if (row >= 0) return String(readValue(batch, batch.attributes, row));
  }
  return "";
}

function isIdle(batch: MetricBatch, row: number): boolean {
  const { attributes } = batch.numbers;
  const [start, end] = [attributes[row] as number, attributes[row + 1] as number];
  return MODE_KEYS.some((key) => {
    const at = findAttribute(batch, start, end, key);
    return at >= 0 && readValue(batch, batch.attributes, at) === "idle";
  });
}

function valueOf({ numbers }: MetricBatch, row: number): number {
  return numbers.valueType[row] === 2 ? Number(numbers.int[row]) : (numbers.double[row] as number);
}
