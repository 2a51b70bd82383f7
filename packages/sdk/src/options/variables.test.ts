// The variables of the specification's matrix: what each does, and what holds where it is not set.

import { afterEach, describe, expect, test, vi } from "vitest";
import { startTelemetry } from "../index.ts";
import { resetTelemetry } from "../testing/testing.ts";
import { resolveLogsOptions } from "../logs/log-options.ts";
import { Environment, resolveOptions } from "./options.ts";
import type { ResolvedOptions } from "./options.ts";

type Resolved = ResolvedOptions & {
  logs: ReturnType<typeof resolveLogsOptions>;
  said: string[];
};

function resolve(variables: Record<string, string> = {}): Resolved {
  const said: string[] = [];
  const environment = new Environment(variables, (sentence) => said.push(sentence));
  const resolved = resolveOptions({}, environment);
  return { ...resolved, logs: resolveLogsOptions({}, environment), said };
}

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await resetTelemetry();
});

describe("a variable, what it is without, and what it changes", () => {
  const MIB = 1_048_576;
  test.each<[string, (resolved: Resolved) => unknown, unknown, string, unknown]>([
    ["OTEL_SDK_DISABLED", ({ enabled }) => enabled, true, "True", false],
    [
      "OTEL_PROPAGATORS",
      (of) => of.propagators,
      ["tracecontext", "baggage"],
      "b3,none",
      ["b3", "none"],
    ],
    ["OTEL_BSP_SCHEDULE_DELAY", ({ batch }) => batch.delayMs, undefined, "70", 70],
    ["OTEL_BSP_EXPORT_TIMEOUT", ({ batch }) => batch.exportTimeoutMs, 30_000, "70", 70],
    ["OTEL_BSP_MAX_QUEUE_SIZE", ({ batch }) => batch.queueSize, 2_048, "700", 700],
    ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE", ({ batch }) => batch.size, 512, "70", 70],
    ["OTEL_BLRP_SCHEDULE_DELAY", ({ logs }) => logs.batch.delayMs, undefined, "70", 70],
    ["OTEL_BLRP_EXPORT_TIMEOUT", ({ logs }) => logs.batch.exportTimeoutMs, 30_000, "70", 70],
    ["OTEL_BLRP_MAX_QUEUE_SIZE", ({ logs }) => logs.batch.queueSize, 2_048, "700", 700],
    ["OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", ({ logs }) => logs.batch.size, 512, "70", 70],
    ["OTEL_TRACES_EXPORTER", ({ targets }) => targets.traces.enabled, true, "none", false],
    ["OTEL_METRICS_EXPORTER", ({ targets }) => targets.metrics.enabled, true, "none", false],
    ["OTEL_LOGS_EXPORTER", ({ targets }) => targets.logs.enabled, true, "none", false],
    ["OTEL_ATTRIBUTE_COUNT_LIMIT", (of) => of.spanLimits.attributeCount, 128, "7", 7],
    ["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", (of) => of.spanLimits.attributeValueLength, MIB, "7", 7],
    ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", (of) => of.spanLimits.attributeCount, 128, "7", 7],
    [
      "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
      (of) => of.spanLimits.attributeValueLength,
      MIB,
      "7",
      7,
    ],
    ["OTEL_SPAN_EVENT_COUNT_LIMIT", (of) => of.spanLimits.eventCount, 128, "7", 7],
    ["OTEL_SPAN_LINK_COUNT_LIMIT", (of) => of.spanLimits.linkCount, 128, "7", 7],
    ["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", (of) => of.spanLimits.attributesPerEvent, 128, "7", 7],
    ["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", (of) => of.spanLimits.attributesPerLink, 128, "7", 7],
    ["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", ({ logs }) => logs.attributeCount, 128, "7", 7],
    [
      "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
      ({ logs }) => logs.attributeValueLength,
      MIB,
      "7",
      7,
    ],
  ])("%s", (name, read, otherwise, value, changed) => {
    expect(read(resolve())).toEqual(otherwise);
    expect(read(resolve({ [name]: " " }))).toEqual(otherwise);
    const { said, ...resolved } = resolve({ [name]: value });
    expect(read({ ...resolved, said })).toEqual(changed);
    expect(said).toEqual([]);
  });

  test.each([
    ["OTEL_TRACES_EXPORTER", "zipkin"],
    ["OTEL_SDK_DISABLED", "1"],
    ["OTEL_BSP_EXPORT_TIMEOUT", "soon"],
    ["OTEL_CONFIG_FILE", "otel.yaml"],
  ])("%s=%s cannot be used, which is said, and the rest holds", (name, value) => {
    const { said, ...resolved } = resolve({ [name]: value });
    expect(said).toEqual([expect.stringMatching(new RegExp(`^Cannot use ${name}: `))]);
    const { said: _, environment: __, ...defaults } = resolve();
    expect({ ...resolved, environment: undefined }).toEqual({
      ...defaults,
      environment: undefined,
    });
  });
});

describe("OTEL_LOG_LEVEL", () => {
  /** What is printed about a variable that is wrong. */
  async function printed(level: string): Promise<string> {
    vi.stubEnv("OTEL_LOG_LEVEL", level);
    vi.stubEnv("OTEL_BSP_SCHEDULE_DELAY", "soon");
    const lines: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((line) => lines.push(String(line)) > 0);
    startTelemetry({ transport: () => new Promise(() => {}) });
    await resetTelemetry();
    vi.restoreAllMocks();
    return lines.join("");
  }

  test.each([
    ["", true],
    ["WARN", true],
    ["info", true],
    ["VERBOSE", true],
    ["ALL", true],
    ["NONE", false],
    ["error", false],
  ])("'%s' lets a warning through: %s", async (level, isPrinted) => {
    expect((await printed(level)).includes("OTEL_BSP_SCHEDULE_DELAY")).toBe(isPrinted);
  });

  test("that is none of them is said, and counts as warn", async () => {
    const text = await printed("loud");
    expect(text).toContain(
      "Cannot use OTEL_LOG_LEVEL: its value is not one of none, silent, error",
    );
    expect(text).toContain("OTEL_BSP_SCHEDULE_DELAY");
  });
});

test("OTEL_BSP_EXPORT_TIMEOUT ends an export that hangs, with what the flush says (E-06)", async () => {
  vi.stubEnv("OTEL_BSP_EXPORT_TIMEOUT", "50");
  let aborted = false;
  const telemetry = startTelemetry({
    logLevel: "silent",
    runtimeMetrics: false,
    transport: (request) => {
      expect(request.timeoutMs).toBeLessThanOrEqual(50);
      aborted = true;
      return new Promise((_, failed) => void setTimeout(() => failed(new Error("late")), 60));
    },
  });
  const { startSpan } = await import("../index.ts");
  startSpan("s").end();
  expect(await telemetry.flush(5_000)).toBe(false);
  expect(aborted).toBe(true);
});
