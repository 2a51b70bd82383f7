// dd-trace has an encoder of its own. What is peculiar about it: times are JSON numbers, so digits below 256 ns
// are lost; spans have no scope of their own; booleans become 0 and 1, and attributes of links text; its own tags lie
// beside the app's; counters and histograms are deltas.

import { beforeAll, expect, inject, test } from "vitest";
import { describeSender } from "../support/describe-sender.ts";
import { installSender } from "../support/install.ts";
import { including, JUST_NOW, SPAN_ID, TRACE_ID } from "../support/matchers.ts";
import { readLogs, readSpans, type SpanOfTrace } from "../support/read-back.ts";
import { readPoints } from "../support/read-points.ts";
import { runSender } from "../support/run-sender.ts";

const sender = installSender("dd-trace");

describeSender("dd-trace 5.132", sender, () => {
  const service = "dd-trace";
  const startMs = Date.now() - 1_000;
  const nanoAfter = (ms: number) => BigInt(startMs + ms) * 1_000_000n;
  const after = (ms: number) => String(nanoAfter(ms));
  /** As well as a JSON number can say it: a double has a step of 256 ns at such times, and this one was added up. */
  const around = (ms: number) =>
    expect.toSatisfy((nano: string) => {
      const apart = BigInt(nano) - nanoAfter(ms);
      return apart <= 512n && apart >= -512n;
    }) as string;
  /** What its metrics and logs say of the process; spans say who recorded them, too. */
  const ownResource = {
    "service.name": service,
    "service.version": "1.2.3",
    "deployment.environment.name": "test",
  };
  const resource = {
    ...ownResource,
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.name": "datadog",
    "telemetry.sdk.version": "5.132.0",
  };
  let spans: SpanOfTrace[];

  beforeAll(async () => {
    await runSender({
      command: process.execPath,
      args: ["sender.mjs"],
      folder: sender.folder,
      env: {
        START_MS: String(startMs),
        OTEL_EXPORTER_OTLP_ENDPOINT: inject("dashboard").otlpHttpUrl,
        OTEL_TRACES_EXPORTER: "otlp",
        DD_METRICS_OTEL_ENABLED: "true",
        DD_LOGS_OTEL_ENABLED: "true",
        DD_SERVICE: service,
        DD_VERSION: "1.2.3",
        DD_ENV: "test",
        // Nothing leaves for anywhere else.
        DD_INSTRUMENTATION_TELEMETRY_ENABLED: "false",
        DD_REMOTE_CONFIGURATION_ENABLED: "false",
        DD_TRACE_STARTUP_LOGS: "false",
      },
    });
    spans = await readSpans(service, 2);
  });

  test("spans come back with ids of 128 bits, events, links and the error", () => {
    const [order, query] = spans;
    const common = {
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      traceState: expect.stringMatching(/^ot=rv:[0-9a-f]{14};th:0$/) as string,
      service,
      resource: including(resource),
      scope: { name: "dd-trace-js", version: "5.132.0", attributes: {} },
      flags: 1,
    };
    expect(spans).toEqual([
      {
        ...common,
        name: "POST /orders",
        kind: "server",
        startTimeUnixNano: around(0),
        endTimeUnixNano: around(250),
        attributes: including({
          "operation.name": "web.request",
          "resource.name": "POST /orders",
          "span.type": "web",
          text: "Grüße 🎈",
          yes: 1,
          count: 42,
          ratio: 0.1,
          "user.plan": "free",
        }),
        events: [
          {
            name: "cache miss",
            timeUnixNano: around(1),
            attributes: { key: "user:7", attempt: 2, hit: false, ratio: 0.5, tags: ["a", "b"] },
          },
        ],
        links: [],
        status: { code: "unset" },
      },
      {
        ...common,
        name: "pg.query",
        kind: "client",
        parentSpanId: order?.spanId,
        startTimeUnixNano: around(10),
        endTimeUnixNano: around(60),
        attributes: including({
          "error.type": "RangeError",
          "error.message": "connection reset",
          "error.stack": expect.stringContaining("sender.mjs") as string,
        }),
        events: [],
        links: [
          {
            traceId: order?.traceId,
            spanId: order?.spanId,
            flags: 1,
            attributes: { index: "0" },
          },
        ],
        status: { code: "error", message: "RangeError: connection reset" },
      },
    ]);
    expect(query?.traceId).toBe(order?.traceId);
    expect(order?.traceId).not.toMatch(/^0{16}/);
  });

  test("a log record comes back with the ids of its span", async () => {
    expect(await readLogs(service, 1)).toEqual([
      {
        service,
        resource: including(ownResource),
        scope: { name: "stock", version: "4.5.6", attributes: {} },
        timeUnixNano: after(2),
        severityNumber: 13,
        severityText: "WARN",
        body: "low stock",
        attributes: { "item.id": 7, ratio: 0.5, ok: true, tags: ["a", "b"] },
        traceId: spans[0]?.traceId,
        spanId: spans[0]?.spanId,
        flags: 1,
      },
    ]);
  });

  test("metric points come back", async () => {
    const common = {
      description: "",
      unit: "",
      attributes: {},
      resource: including(ownResource),
      scope: { name: "stock", version: "4.5.6", schemaUrl: "" },
      startTimeUnixNano: JUST_NOW,
      timeUnixNano: JUST_NOW,
    };
    expect(await readPoints(service, 4)).toEqual([
      {
        ...common,
        name: "duration",
        kind: "histogram",
        unit: "s",
        temporality: "delta",
        count: 2,
        sum: 7.25,
        min: 0.25,
        max: 7,
        bounds: [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000],
        bucketCounts: [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      },
      {
        ...common,
        name: "orders",
        kind: "sum",
        description: "Taken",
        unit: "{order}",
        temporality: "delta",
        monotonic: true,
        attributes: { plan: "free" },
        value: { asInt: 3 },
      },
      {
        ...common,
        name: "queue",
        kind: "sum",
        temporality: "cumulative",
        monotonic: false,
        value: { asInt: -3 },
      },
      {
        ...common,
        startTimeUnixNano: "0",
        name: "temperature",
        kind: "gauge",
        unit: "Cel",
        value: { asDouble: 21.5 },
      },
    ]);
  });
});
