import { describe, expect, test } from "vitest";

import { Environment } from "../options/options.ts";
import { resolveMetricsOptions } from "./metric-options.ts";
import type { MetricsOptions } from "./metric-options.ts";

function resolve(
  given: MetricsOptions = {},
  variables: Record<string, string> = {},
): ReturnType<typeof resolveMetricsOptions> & { said: string[] } {
  const said: string[] = [];
  const environment = new Environment(variables, (sentence) => said.push(sentence));
  return { ...resolveMetricsOptions(given, environment), said };
}

describe("resolveMetricsOptions", () => {
  test("the defaults are the specification's", () => {
    expect(resolve()).toMatchObject({
      intervalMs: undefined,
      exportTimeoutMs: 30_000,
      temporality: "cumulative",
      histogram: "explicit_bucket_histogram",
      exemplarFilter: "trace_based",
      cardinalityLimit: undefined,
    });
  });

  test("variables are read, code wins", () => {
    const variables = {
      OTEL_METRIC_EXPORT_INTERVAL: "5000",
      OTEL_METRIC_EXPORT_TIMEOUT: "700",
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "DELTA",
      OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION:
        "base2_exponential_bucket_histogram",
      OTEL_METRICS_EXEMPLAR_FILTER: "always_off",
    };

    expect(resolve({}, variables)).toMatchObject({
      intervalMs: 5_000,
      exportTimeoutMs: 700,
      temporality: "delta",
      histogram: "base2_exponential_bucket_histogram",
      exemplarFilter: "always_off",
    });
    expect(resolve({ intervalMs: 200, temporality: "lowmemory" }, variables)).toMatchObject({
      intervalMs: 200,
      temporality: "lowmemory",
    });
  });

  test("an interval below 100 ms is an error in code and raised from a variable (103)", () => {
    expect(() => resolve({ intervalMs: 99 })).toThrow(RangeError);
    expect(resolve({}, { OTEL_METRIC_EXPORT_INTERVAL: "1" }).intervalMs).toBe(100);
  });

  test.each<MetricsOptions>([
    { temporality: "sometimes" as never },
    { histogram: "round" as never },
    { exemplarFilter: "no" as never },
    { cardinalityLimit: 0 },
    { exportTimeoutMs: -1 },
    { views: [{}] },
  ])("%j throws and names the option", (given) => {
    expect(() => resolve(given)).toThrow(/Cannot use (option metrics\.|metric view)/);
  });

  test("a variable that cannot be read is said and ignored", () => {
    const resolved = resolve({}, { OTEL_METRICS_EXEMPLAR_FILTER: "maybe" });

    expect(resolved.exemplarFilter).toBe("trace_based");
    expect(resolved.said[0]).toContain("OTEL_METRICS_EXEMPLAR_FILTER");
  });
});
