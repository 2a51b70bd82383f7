// resolve-options.ts — options and variables to one complete set of options: every default stands here.

import { readFileSync } from "node:fs";
import type { Environment } from "./environment.ts";
import { checkedUrl, positive, signalUrl } from "./checked.ts";
import { DEFAULT_TIMEOUT_MS, resolveDestinations } from "./destination-options.ts";
import { SIGNALS } from "./telemetry-options.ts";
import type {
  BatchLimits,
  ExportTarget,
  ResolvedOptions,
  SignalName,
  SpanLimits,
  TelemetryOptions,
} from "./telemetry-options.ts";

/** OTLP/HTTP's default receiver. */
export const DEFAULT_ENDPOINT = "http://localhost:4318";
const DEFAULT_BATCH_SIZE = 512;
const DEFAULT_QUEUE_SIZE = 2_048;
const DEFAULT_COUNT_LIMIT = 128;
/** The specification sets no limit, but one value must not stop every export: longer strings are cut. */
export const VALUE_LENGTH_MAX = 1_048_576;

/** Throws a TypeError or RangeError that names the option which cannot be used. */
export function resolveOptions(given: TelemetryOptions, environment: Environment): ResolvedOptions {
  if (given.dashboard !== undefined) checkedUrl(given.dashboard, "option dashboard");
  return {
    given,
    environment,
    enabled: given.enabled ?? environment.flag("OTEL_SDK_DISABLED") !== true,
    targets: {
      traces: resolveTarget("traces", given, environment),
      metrics: resolveTarget("metrics", given, environment),
      logs: resolveTarget("logs", given, environment),
    },
    destinations: resolveDestinations(given.destinations),
    batch: resolveBatch(given.batch, environment, "OTEL_BSP"),
    spanLimits: resolveSpanLimits(given.spanLimits ?? {}, environment),
    sampler: checkedSampler(given.sampler),
    propagators: (environment.text("OTEL_PROPAGATORS") ?? "tracecontext,baggage")
      .split(",")
      .map((name) => name.trim()),
    randomFlag: given.randomFlag ?? true,
  };
}

/** `prefix` is OTEL_BSP for spans and OTEL_BLRP for log records. */
export function resolveBatch(
  given: Partial<BatchLimits> = {},
  environment: Environment,
  prefix: string,
): BatchLimits {
  const queueSize =
    positive("queueSize", given.queueSize) ??
    environment.count(`${prefix}_MAX_QUEUE_SIZE`) ??
    DEFAULT_QUEUE_SIZE;
  const size =
    positive("size", given.size) ??
    environment.count(`${prefix}_MAX_EXPORT_BATCH_SIZE`) ??
    DEFAULT_BATCH_SIZE;
  return {
    delayMs: positive("delayMs", given.delayMs) ?? environment.count(`${prefix}_SCHEDULE_DELAY`),
    queueSize: Math.max(queueSize, 1),
    size: Math.max(Math.min(size, queueSize), 1),
  };
}

function resolveTarget(
  signal: SignalName,
  given: TelemetryOptions,
  environment: Environment,
): ExportTarget {
  const upper = signal.toUpperCase();
  const of = <T>(read: (name: string) => T | undefined, suffix: string): T | undefined =>
    read(`OTEL_EXPORTER_OTLP_${upper}_${suffix}`) ?? read(`OTEL_EXPORTER_OTLP_${suffix}`);
  const text = (name: string): string | undefined => environment.text(name);

  const signalEndpoint = environment.text(`OTEL_EXPORTER_OTLP_${upper}_ENDPOINT`);
  const base = given.endpoint ?? environment.text("OTEL_EXPORTER_OTLP_ENDPOINT");
  return {
    url:
      given.endpoint === undefined && signalEndpoint !== undefined
        ? checkedUrl(signalEndpoint, `OTEL_EXPORTER_OTLP_${upper}_ENDPOINT`)
        : signalUrl(base ?? DEFAULT_ENDPOINT, signal),
    headers: {
      ...environment.pairs("OTEL_EXPORTER_OTLP_HEADERS"),
      ...environment.pairs(`OTEL_EXPORTER_OTLP_${upper}_HEADERS`),
      ...given.headers,
    },
    timeoutMs:
      positive("timeoutMs", given.timeoutMs) ??
      of((name) => environment.count(name), "TIMEOUT") ??
      DEFAULT_TIMEOUT_MS,
    compression:
      given.compression ??
      of((name) => environment.choice(name, ["none", "gzip"] as const), "COMPRESSION") ??
      "none",
    tls: {
      ...fileText("ca", of(text, "CERTIFICATE")),
      ...fileText("cert", of(text, "CLIENT_CERTIFICATE")),
      ...fileText("key", of(text, "CLIENT_KEY")),
    },
    isExplicit: base !== undefined || signalEndpoint !== undefined,
    enabled: environment.choice(`OTEL_${upper}_EXPORTER`, ["otlp", "none"] as const) !== "none",
  };
}

function fileText(name: "ca" | "cert" | "key", path: string | undefined): Record<string, string> {
  return path === undefined ? {} : { [name]: readFileSync(path, "utf8") };
}

function checkedSampler(sampler: TelemetryOptions["sampler"]): TelemetryOptions["sampler"] {
  if (typeof sampler === "number" && !(sampler >= 0 && sampler <= 1)) {
    throw new RangeError(
      `Cannot use option sampler: a share of traces must be from 0 to 1, current value is ${sampler}`,
    );
  }
  return sampler;
}

function resolveSpanLimits(given: Partial<SpanLimits>, environment: Environment): SpanLimits {
  const count = (value: number | undefined, ...names: string[]): number => {
    if (value !== undefined) return value;
    for (const name of names) {
      const found = environment.count(name);
      if (found !== undefined) return found;
    }
    return DEFAULT_COUNT_LIMIT;
  };
  return {
    attributeCount: count(
      given.attributeCount,
      "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
      "OTEL_ATTRIBUTE_COUNT_LIMIT",
    ),
    attributeValueLength: Math.min(
      given.attributeValueLength ??
        environment.count("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT") ??
        environment.count("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT") ??
        VALUE_LENGTH_MAX,
      VALUE_LENGTH_MAX,
    ),
    eventCount: count(given.eventCount, "OTEL_SPAN_EVENT_COUNT_LIMIT"),
    linkCount: count(given.linkCount, "OTEL_SPAN_LINK_COUNT_LIMIT"),
    attributesPerEvent: count(given.attributesPerEvent, "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"),
    attributesPerLink: count(given.attributesPerLink, "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"),
  };
}

/** Every target with its address replaced by `base`, where nobody chose another one. */
export function followBase(
  targets: Record<SignalName, ExportTarget>,
  base: string,
): Record<SignalName, ExportTarget> {
  const followed = { ...targets };
  for (const signal of SIGNALS) {
    if (targets[signal].isExplicit) continue;
    followed[signal] = { ...targets[signal], url: signalUrl(base, signal) };
  }
  return followed;
}
