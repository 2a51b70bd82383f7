// Effect has encoders of its own. What is peculiar: a success is OK and not UNSET, a map becomes its JSON text, the
// unit of a metric is an attribute that stays beside it, and the scope of metrics is the service's name.

import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { describeSender } from "../support/describe-sender.ts";
import { installSender } from "../support/install.ts";
import { including, JUST_NOW, SPAN_ID, TRACE_ID } from "../support/matchers.ts";
import { readLogs, readSpans, type SpanOfTrace } from "../support/read-back.ts";
import { readPoints } from "../support/read-points.ts";
import { runSender } from "../support/run-sender.ts";

const sender = installSender("effect");

describeSender("Effect 4.1", sender, () => {
  describe.each(["http/protobuf", "http/json"])("over %s", (protocol) => {
    const service = `effect ${protocol}`;
    const caller = {
      traceId: randomBytes(16).toString("hex"),
      spanId: randomBytes(8).toString("hex"),
    };
    const resource = {
      "service.name": service,
      "service.version": "1.2.3",
      "deployment.environment.name": "test",
      "host.cpu.count": 2,
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.name": "effect",
      "telemetry.sdk.version": "4.1.0",
    };
    const scope = { name: "effect", version: "4.1.0", attributes: {} };
    let spans: SpanOfTrace[];
    const spanNamed = (name: string) => spans.find((span) => span.name === name);

    beforeAll(async () => {
      await runSender({
        command: process.execPath,
        args: ["sender.mjs"],
        folder: sender.folder,
        env: {
          SERVICE: service,
          TRACEPARENT: `00-${caller.traceId}-${caller.spanId}-01`,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_ENDPOINT: inject("dashboard").otlpHttpUrl,
        },
      });
      spans = await readSpans(service, 3);
    });

    test("spans come back", () => {
      const common = {
        traceId: caller.traceId,
        spanId: SPAN_ID,
        service,
        resource,
        scope,
        startTimeUnixNano: JUST_NOW,
        endTimeUnixNano: JUST_NOW,
        attributes: {},
        events: [],
        links: [],
        flags: 0,
      };
      expect(spans).toEqual([
        {
          ...common,
          name: "POST /orders",
          kind: "server",
          parentSpanId: caller.spanId,
          attributes: {
            text: "Grüße 🎈",
            yes: true,
            count: 42,
            big: "9007199254740993",
            ratio: 0.1,
            strings: ["a", "b"],
            ints: [1, 2],
            map: '{"deep":"x"}',
          },
          events: [
            {
              name: "cache miss",
              timeUnixNano: JUST_NOW,
              attributes: { key: "user:7", attempt: 2 },
            },
          ],
          status: { code: "ok" },
        },
        {
          ...common,
          name: "SELECT orders",
          kind: "client",
          parentSpanId: spanNamed("POST /orders")?.spanId,
          attributes: { "db.system.name": "postgresql" },
          events: [
            {
              name: "exception",
              timeUnixNano: JUST_NOW,
              attributes: including({
                "exception.type": "RangeError",
                "exception.message": "connection reset",
              }),
            },
          ],
          status: { code: "error", message: "connection reset" },
        },
        {
          ...common,
          traceId: TRACE_ID,
          name: "process order",
          kind: "consumer",
          links: [{ ...caller, attributes: { index: 0 } }],
          status: { code: "ok" },
        },
      ]);
      expect(spanNamed("process order")?.traceId).not.toBe(caller.traceId);
    });

    test("log records come back", async () => {
      const common = { service, resource, scope, timeUnixNano: JUST_NOW, observedTimeUnixNano: JUST_NOW }; // prettier-ignore
      expect(await readLogs(service, 2)).toEqual([
        {
          ...common,
          severityNumber: 9,
          severityText: "Info",
          body: "order taken",
          attributes: { "order.id": 42, ratio: 0.5, gift: true, "effect.fiberId": 1 },
          traceId: caller.traceId,
          spanId: spanNamed("POST /orders")?.spanId,
        },
        {
          ...common,
          severityNumber: 17,
          severityText: "Error",
          body: "lost the order",
          attributes: including({ "exception.type": "Error", "exception.message": "no stock" }),
        },
      ]);
    });

    test("metric points come back", async () => {
      const common = {
        description: "",
        unit: "1",
        attributes: {},
        resource,
        scope: { name: service, version: "", schemaUrl: "" },
        startTimeUnixNano: JUST_NOW,
        timeUnixNano: JUST_NOW,
      };
      const sum = { ...common, kind: "sum", temporality: "cumulative" };
      expect(await readPoints(service, 4)).toEqual([
        {
          ...common,
          name: "duration",
          kind: "histogram",
          temporality: "cumulative",
          count: 4,
          sum: 1.1875,
          min: 0.0625,
          max: 0.75,
          bounds: [0.1, 0.5, 1],
          bucketCounts: [1, 2, 1, 0],
        },
        {
          ...sum,
          name: "orders",
          description: "Taken",
          unit: "{order}",
          monotonic: true,
          attributes: { plan: "free", unit: "{order}" },
          value: { asInt: 6 },
        },
        { ...sum, name: "queue.size", monotonic: false, value: { asDouble: -3 } },
        {
          ...common,
          name: "temperature",
          kind: "gauge",
          attributes: { room: "a" },
          value: { asDouble: 21.5 },
        },
      ]);
    });
  });
});
