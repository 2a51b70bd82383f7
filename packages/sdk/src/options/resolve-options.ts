// resolve-options.ts — options and variables to one complete set of options: every default stands here.

import { parsed, positive } from "./checks.ts";
import { resolveDestinations } from "./destination-options.ts";
import { checkedHttpUrl } from "./endpoint.ts";
import type { Environment } from "./environment.ts";
import { resolveTargets } from "./resolve-target.ts";
import { resolveSpool } from "./spool-options.ts";
import type {
  BatchLimits,
  ResolvedOptions,
  SpanLimits,
  TelemetryOptions,
} from "./telemetry-options.ts";

const DEFAULT_BATCH_SIZE = 512;
const DEFAULT_QUEUE_SIZE = 2_048;
const DEFAULT_EXPORT_TIMEOUT_MS = 30_000;
const DEFAULT_COUNT_LIMIT = 128;
/** The specification sets no limit, but one value must not stop every export: longer strings are cut. */
export const VALUE_LENGTH_MAX = 1_048_576;

/** Throws a TypeError or RangeError that names the option which cannot be used. */
export function resolveOptions(given: TelemetryOptions, environment: Environment): ResolvedOptions {
  if (environment.text("OTEL_CONFIG_FILE") !== undefined) {
    environment.say("Cannot use OTEL_CONFIG_FILE: options in code and the other variables count");
  }
  if (given.dashboard !== undefined) parsed("dashboard", given.dashboard, checkedHttpUrl);
  return {
    given,
    environment,
    enabled: given.enabled ?? environment.flag("OTEL_SDK_DISABLED") !== true,
    targets: resolveTargets(given, environment),
    destinations: resolveDestinations(given.destinations, (sentence) => environment.say(sentence)),
    spool: resolveSpool(given.spool),
    batch: resolveBatch(given.batch, environment, "OTEL_BSP"),
    spanLimits: resolveSpanLimits(given.spanLimits ?? {}, environment),
    sampler: checkedSampler(given.sampler),
    propagators: environment.list("OTEL_PROPAGATORS") ?? ["tracecontext", "baggage"],
    baggageAttributes: checkedKeys(given.baggageAttributes),
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
    exportTimeoutMs:
      positive("exportTimeoutMs", given.exportTimeoutMs) ??
      (environment.count(`${prefix}_EXPORT_TIMEOUT`) || DEFAULT_EXPORT_TIMEOUT_MS),
  };
}

function checkedSampler(sampler: TelemetryOptions["sampler"]): TelemetryOptions["sampler"] {
  if (typeof sampler === "number" && !(sampler >= 0 && sampler <= 1)) {
    throw new RangeError(
      `Cannot use option sampler: a share of traces must be from 0 to 1, current value is ${sampler}`,
    );
  }
  return sampler;
}

function checkedKeys(keys: TelemetryOptions["baggageAttributes"] = []): readonly string[] {
  const wrong = Array.isArray(keys) ? keys.find((key) => typeof key !== "string" || !key) : keys;
  if (wrong === undefined) return keys;
  throw new TypeError(
    `Cannot use option baggageAttributes: it must be a list of names such as ["tenant"], it has ${JSON.stringify(wrong)}`,
  );
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
