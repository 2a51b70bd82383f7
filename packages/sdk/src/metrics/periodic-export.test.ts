// Metrics of a started SDK, over HTTP to a real receiver.

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createCounter, startTelemetry } from "../index.ts";
import type { Telemetry, TelemetryOptions } from "../index.ts";
import { OtlpReceiver } from "../testdata/otlp-receiver.ts";
import { readMetrics } from "../testdata/read-metrics.ts";

let receiver: OtlpReceiver;
let telemetry: Telemetry;

beforeEach(async () => {
  receiver = await OtlpReceiver.open();
});

afterEach(async () => {
  await telemetry.shutdown(1_000);
  await receiver.close();
});

function start(options: TelemetryOptions = {}): void {
  telemetry = startTelemetry({
    serviceName: "metrics-test",
    endpoint: receiver.url,
    runtimeMetrics: false,
    logLevel: "silent",
    ...options,
  });
}

/** Values of a counter in the order of the exports that had it. */
function exported(name: string): unknown[] {
  return receiver
    .metrics()
    .flatMap(readMetrics)
    .filter((metric) => metric.name === name)
    .map(({ points }) => points[0]!.value);
}

describe("periodic export", () => {
  test("k intervals make k exports, the first one soon after the start (103)", async () => {
    createCounter("periodic").add(1);
    start({ metrics: { intervalMs: 100 } });
    const counter = createCounter("periodic");
    counter.add(1);

    await receiver.until(() => receiver.requests.length >= 6);

    const times = receiver.requests.map(({ timeMs }) => timeMs);
    const elapsedMs = times.at(-1)! - times[0]!;
    expect(Math.round(elapsedMs / 100)).toBeGreaterThanOrEqual(4);
    expect(elapsedMs).toBeLessThan(15_000);
    expect(exported("periodic").every((value) => value === 1)).toBe(true);
  });

  test("follows the pace that the receiver announces, and keeps an own one (103)", async () => {
    receiver.headers = { "telemetry-live": "1; spans=100; metrics=150" };
    start();
    createCounter("paced").add(1);

    await receiver.until(() => receiver.requests.length >= 4);

    const [first, , , fourth] = receiver.requests.map(({ timeMs }) => timeMs);
    expect(fourth! - first!).toBeGreaterThan(300);
    expect(fourth! - first!).toBeLessThan(15_000);
    expect(telemetry.status().isLive).toBe(true);
  });

  test("the last, partial interval is exported on shutdown (103)", async () => {
    start();
    createCounter("last").add(7);

    expect(await telemetry.shutdown()).toBe(true);

    expect(exported("last")).toEqual([7]);
  });

  test("flush exports now, also what was recorded while an export was under way", async () => {
    start();
    const counter = createCounter("flushed");
    counter.add(1);
    const first = telemetry.flush();
    counter.add(1);

    expect(await telemetry.flush()).toBe(true);
    await first;

    expect(exported("flushed").at(-1)).toBe(2);
  });

  test("a receiver that is away gets the same requests when it is back, in order", async () => {
    receiver.status = 503;
    start({ timeoutMs: 50, metrics: { temporality: "delta" } });
    const counter = createCounter("patient");
    counter.add(1);
    expect(await telemetry.flush(5_000)).toBe(false);
    counter.add(2);
    expect(await telemetry.flush(5_000)).toBe(false);
    expect(telemetry.status().signals.metrics).toMatchObject({ waiting: 2, waitingPoints: 2 });
    receiver.requests.length = 0;
    receiver.status = 200;
    counter.add(4);

    expect(await telemetry.flush()).toBe(true);

    expect(exported("patient")).toEqual([1, 2, 4]);
    expect(telemetry.status().signals.metrics?.waiting).toBe(0);
  });

  test("what waits is bounded, and what is dropped is counted", async () => {
    receiver.status = 503;
    start({ timeoutMs: 20, metrics: { temporality: "delta" } });
    const counter = createCounter("bounded");
    for (let i = 0; i < 12; i++) {
      counter.add(1);
      await telemetry.flush(5_000);
    }

    expect(telemetry.status().signals.metrics).toMatchObject({ waiting: 8, waitingMax: 8 });
    expect(telemetry.status().counters["export.metrics.dropped"]).toBeGreaterThanOrEqual(4);
  });

  test("what the receiver refuses is dropped, counted and not sent again", async () => {
    receiver.status = 400;
    start();
    createCounter("refused").add(1);

    await telemetry.flush();
    await telemetry.flush();

    expect(telemetry.status().counters["export.metrics.dropped"]).toBe(2);
    expect(telemetry.status().signals.metrics?.waiting).toBe(0);
  });

  test("many series are sent in several requests, each below the limit", async () => {
    start();
    for (let metric = 0; metric < 24; metric++) {
      const counter = createCounter(`big.${metric}`);
      for (let user = 0; user < 2_000; user++) counter.add(1, { user, text: "x".repeat(60) });
    }

    await telemetry.flush();

    const sizes = receiver.bodies("/v1/metrics").map(({ length }) => length);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(4 * 1_024 * 1_024);
    const points = receiver
      .metrics()
      .flatMap(readMetrics)
      .flatMap((metric) => metric.points);
    expect(points).toHaveLength(48_000);
  });

  describe("with a second destination that is live", () => {
    let live: OtlpReceiver;
    beforeEach(async () => {
      live = await OtlpReceiver.open();
      live.headers = { "telemetry-live": "1; metrics=100" };
    });
    afterEach(() => live.close());

    const values = (of: OtlpReceiver): unknown[] =>
      of
        .metrics()
        .flatMap(readMetrics)
        .map(({ points }) => points[0]!.value);

    test("totals come at the pace of each: the other one holds the newest only (85)", async () => {
      start({ destinations: [{ endpoint: live.url }] });
      const counter = createCounter("totals");
      for (let round = 1; round <= 3; round++) {
        counter.add(1);
        await live.until(() => values(live).includes(round));
      }
      expect(values(receiver).length).toBeLessThanOrEqual(1);
      expect(await telemetry.flush()).toBe(true);
      expect(values(receiver).at(-1)).toBe(3);
      expect(
        telemetry.status().destinations.map(({ signals }) => signals.metrics!.dropped),
      ).toEqual([0, 0]);
    });

    test("differences reach both, each once", async () => {
      start({ destinations: [{ endpoint: live.url }], metrics: { temporality: "delta" } });
      const counter = createCounter("differences");
      for (let round = 1; round <= 3; round++) {
        counter.add(round);
        await live.until(() => values(live).length >= round);
      }
      expect(await telemetry.flush()).toBe(true);
      expect(values(live)).toEqual([1, 2, 3]);
      expect(values(receiver)).toEqual([1, 2, 3]);
    });
  });

  test("OTEL_METRICS_EXPORTER=none sends nothing and answers every call", async () => {
    process.env["OTEL_METRICS_EXPORTER"] = "none";
    try {
      start();
    } finally {
      delete process.env["OTEL_METRICS_EXPORTER"];
    }
    createCounter("unwanted").add(1);

    expect(await telemetry.flush()).toBe(true);

    expect(receiver.bodies("/v1/metrics")).toEqual([]);
    expect(telemetry.status().signals.metrics).toEqual({ waiting: 0, waitingMax: 0 });
  });
});
