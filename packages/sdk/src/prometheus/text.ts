// text.ts — what a collection found, as the text that Prometheus scrapes.
//
//   # HELP jobs_done_total …
//   # TYPE jobs_done_total counter
//   jobs_done_total{queue="mail",otel_scope_name="app"} 12
//
// Two formats, told apart by what the scraper accepts: Prometheus text 0.0.4, and OpenMetrics 1.0, which also
// carries exemplars and names a counter's family without `_total`. Exponential histograms become classic
// ones, with the bounds that they have at the moment.

import type { Attributes } from "@opentelemetry/api";
import { MetricType } from "@telemetry/otlp/encode";
import type { ExemplarPoint } from "@telemetry/otlp/encode";

import type { ExponentialData, HistogramData, ScopeStreams, Stream } from "../metrics/metrics.ts";
import { escapedHelp, escapedLabel, familyName, labelName } from "./names.ts";
import type { PrometheusType } from "./names.ts";

export interface TextOptions {
  readonly openMetrics: boolean;
  /** Becomes `target_info`. */
  readonly resource: Attributes;
}

interface Family {
  readonly type: PrometheusType;
  readonly lines: string[];
}

/** Metrics that would give one family two types are left out, the first one stays: Prometheus refuses the whole answer otherwise. */
export function prometheusText(scopes: Iterable<ScopeStreams>, options: TextOptions): string {
  const families = new Map<string, Family>();
  for (const { scope, streams } of scopes) {
    const labels: Attributes = { otel_scope_name: scope.name };
    if (scope.version !== undefined) labels["otel_scope_version"] = scope.version;
    for (const stream of streams) addStream(families, stream, labels, options.openMetrics);
  }
  const info = `# TYPE target_info gauge\ntarget_info${labelsText(options.resource)} 1\n`;
  const bodies = [...families.values()].map(({ lines }) => `${lines.join("\n")}\n`);
  return `${info}${bodies.join("")}${options.openMetrics ? "# EOF\n" : ""}`;
}

function addStream(
  families: Map<string, Family>,
  stream: Stream,
  scopeLabels: Attributes,
  openMetrics: boolean,
): void {
  const rows = [...stream.store.rows.recorded()];
  if (rows.length === 0) return;
  const type = typeOf(stream);
  const name = familyName(stream.identity.name, stream.identity.unit, type);
  const family = families.get(name) ?? openFamily(name, type, stream, openMetrics);
  if (family.type !== type) return;
  families.set(name, family);
  for (const row of rows) {
    const { store } = stream;
    const labels = { ...store.rows.series.attributesOf(row), ...scopeLabels };
    const exemplars = openMetrics ? store.rows.exemplars.of(row) : [];
    const data = store.read(row);
    if (data.kind === "number") {
      const suffix = type === "counter" ? "_total" : "";
      const exemplar = type === "counter" ? exemplarText(exemplars[0]) : "";
      family.lines.push(
        `${name}${suffix}${labelsText(labels)} ${numberText(data.value)}${exemplar}`,
      );
    } else {
      family.lines.push(...distributionLines(name, labels, data, exemplars));
    }
  }
}

function openFamily(
  name: string,
  type: PrometheusType,
  { identity }: Stream,
  openMetrics: boolean,
): Family {
  const title = type === "counter" && !openMetrics ? `${name}_total` : name;
  const help = escapedHelp(identity.description);
  return {
    type,
    lines: [...(help === "" ? [] : [`# HELP ${title} ${help}`]), `# TYPE ${title} ${type}`],
  };
}

function typeOf({ store, isMonotonic }: Stream): PrometheusType {
  if (store.type === MetricType.gauge) return "gauge";
  if (store.type === MetricType.sum) return isMonotonic ? "counter" : "gauge";
  return "histogram";
}

function distributionLines(
  name: string,
  labels: Attributes,
  data: HistogramData | ExponentialData,
  exemplars: readonly ExemplarPoint[],
): string[] {
  const bounds = data.kind === "histogram" ? data.bounds : exponentialBounds(data);
  const zeroCount = data.kind === "histogram" ? 0 : data.zeroCount;
  const counts =
    data.kind === "histogram" ? data.bucketCounts : [zeroCount, ...Array.from(data.bucketCounts)];
  let total = 0;
  let lower = Number.NEGATIVE_INFINITY;
  const lines = [...bounds, Infinity].map((bound, index) => {
    total += counts[index] ?? 0;
    const exemplar = exemplars.find(({ value }) => value > lower && value <= bound);
    lower = bound;
    const bucket = labelsText({ ...labels, le: numberText(bound) });
    return `${name}_bucket${bucket} ${total}${exemplarText(exemplar)}`;
  });
  const rest = labelsText(labels);
  return [
    ...lines,
    `${name}_sum${rest} ${numberText(data.sum)}`,
    `${name}_count${rest} ${data.count}`,
  ];
}

/** Upper bounds: of the zero bucket first, then base^(offset+i+1). */
function exponentialBounds({ scale, offset, bucketCounts }: ExponentialData): number[] {
  const upper = Array.from(
    { length: bucketCounts.length },
    (_, index) => 2 ** ((offset + index + 1) * 2 ** -scale),
  );
  return [0, ...upper];
}

/** Keys that become equal keep all their values, joined, as the specification wants. */
function labelsText(attributes: Attributes): string {
  const labels = new Map<string, string>();
  for (const [key, value] of Object.entries(attributes)) {
    const name = labelName(key);
    const text = typeof value === "string" ? value : valueText(value);
    const known = labels.get(name);
    labels.set(name, known === undefined ? text : `${known};${text}`);
  }
  if (labels.size === 0) return "";
  const pairs = [...labels].map(([name, value]) => `${name}="${escapedLabel(value)}"`);
  return `{${pairs.join(",")}}`;
}

function valueText(value: unknown): string {
  return typeof value === "object"
    ? JSON.stringify(value, (_key, inner: unknown) =>
        typeof inner === "bigint" ? String(inner) : inner,
      )
    : String(value);
}

function exemplarText(exemplar: ExemplarPoint | undefined): string {
  if (exemplar === undefined || exemplar.traceId === "") return "";
  const ids = labelsText({ trace_id: exemplar.traceId, span_id: exemplar.spanId });
  return ` # ${ids} ${numberText(exemplar.value)} ${(exemplar.timeMs / 1_000).toFixed(3)}`;
}

function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
