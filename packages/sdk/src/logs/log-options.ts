// log-options.ts — what can be configured about logs, with the variables and defaults of the specification.

import { resolveBatch, VALUE_LENGTH_MAX } from "../options/options.ts";
import type { BatchLimits, Environment } from "../options/options.ts";
import { SEVERITIES } from "./severity.ts";
import type { SeverityName } from "./severity.ts";

export interface LogsOptions {
  /** How records are collected. Default delay: OTEL_BLRP_SCHEDULE_DELAY, else the receiver's pace, else 1 000 ms. */
  batch?: Partial<BatchLimits>;
  /** Records below are dropped at once, at the cost of a comparison. Default: everything is kept. */
  minimumSeverity?: SeverityName;
  /** Attributes per record. Default: OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT, OTEL_ATTRIBUTE_COUNT_LIMIT, else 128. */
  attributeCount?: number;
  /** Characters of a text. Default: OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT, OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, else 1 MiB. */
  attributeValueLength?: number;
}

export interface ResolvedLogsOptions {
  readonly batch: BatchLimits;
  readonly minimumSeverity: number;
  readonly attributeCount: number;
  readonly attributeValueLength: number;
}

const ATTRIBUTE_COUNT = 128;

/** Throws a TypeError or RangeError that names the option which cannot be used. */
export function resolveLogsOptions(
  given: LogsOptions,
  environment: Environment,
): ResolvedLogsOptions {
  const { minimumSeverity } = given;
  if (minimumSeverity !== undefined && SEVERITIES[minimumSeverity] === undefined) {
    throw new TypeError(
      `Cannot use option logs.minimumSeverity: "${minimumSeverity}" is not one of ${Object.keys(SEVERITIES).join(", ")}`,
    );
  }
  const valueLength =
    limitOf("attributeValueLength", given.attributeValueLength) ??
    environment.count("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT") ??
    environment.count("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT") ??
    VALUE_LENGTH_MAX;
  return {
    batch: resolveBatch(given.batch, environment, "OTEL_BLRP"),
    minimumSeverity: minimumSeverity === undefined ? 0 : SEVERITIES[minimumSeverity],
    attributeCount:
      limitOf("attributeCount", given.attributeCount) ??
      environment.count("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT") ??
      environment.count("OTEL_ATTRIBUTE_COUNT_LIMIT") ??
      ATTRIBUTE_COUNT,
    attributeValueLength: Math.min(valueLength, VALUE_LENGTH_MAX),
  };
}

function limitOf(name: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isFinite(value) && value >= 0)) return value;
  throw new RangeError(
    `Cannot use option logs.${name}: it must be 0 or more, current value is ${value}`,
  );
}
