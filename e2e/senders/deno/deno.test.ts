// Deno's exporter is OpenTelemetry Rust behind JavaScript. What is peculiar: every number of an attribute is a double,
// times pass through a double, and the status code of a response is text.

import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { describeSender } from "../support/describe-sender.ts";
import { installSender } from "../support/install.ts";
import { including, JUST_NOW, SPAN_ID, TRACE_ID } from "../support/matchers.ts";
import { double, readLogs, readSpans, type SpanOfTrace } from "../support/read-back.ts";
import { readPoints } from "../support/read-points.ts";
import { runSender } from "../support/run-sender.ts";

const sender = installSender("deno");

describeSender("Deno 2.9", sender, () => {
  describe.each(["http/protobuf", "http/json", "grpc"])("over %s", (protocol) => {
    const service = `deno ${protocol}`;
    const startMs = Date.now() - 1_000;
    /** Deno adds up doubles of seconds: some hundred nanoseconds are lost. */
    const around = (ms: number) =>
      expect.toSatisfy((nano: string) => {
        const apart = BigInt(nano) - BigInt(startMs + ms) * 1_000_000n;
        return apart < 1_000n && apart > -1_000n;
      }) as string;
    const resource = {
      "service.name": service,
      "service.version": "1.2.3",
      "deployment.environment.name": "test",
      "process.runtime.name": "deno",
      "process.runtime.version": "2.9.6",
      "telemetry.sdk.language": "deno-rust",
      "telemetry.sdk.name": "deno-opentelemetry",
      "telemetry.sdk.version": "2.9.6-0.32.1",
    };
    const runtimeScope = { name: "deno", version: "2.9.6", attributes: {} };
    let spans: SpanOfTrace[];
    const spanOf = (kind: string) => spans.find((span) => span.kind === kind);

    beforeAll(async () => {
      const { otlpHttpUrl, otlpGrpcUrl } = inject("dashboard");
      const permissions = ["--allow-net=127.0.0.1", "--allow-env=START_MS"];
      await runSender({
        command: join(sender.folder, "node_modules/.bin/deno"),
        args: ["run", "--cached-only", "--no-lock", ...permissions, "sender.mjs"],
        folder: sender.folder,
        env: {
          START_MS: String(startMs),
          OTEL_DENO: "true",
          OTEL_SERVICE_NAME: service,
          OTEL_RESOURCE_ATTRIBUTES: "service.version=1.2.3,deployment.environment.name=test",
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_ENDPOINT: protocol === "grpc" ? otlpGrpcUrl : otlpHttpUrl,
        },
      });
      spans = await readSpans(service, 3);
    });

    test("spans of the app and of the runtime come back as one trace", () => {
      const [charge, client, server] = [spanOf("producer"), spanOf("client"), spanOf("server")];
      const common = {
        traceId: client?.traceId,
        spanId: SPAN_ID,
        service,
        resource,
        events: [],
        links: [],
        flags: 0x101,
      };
      const http = {
        ...common,
        name: "GET",
        startTimeUnixNano: JUST_NOW,
        endTimeUnixNano: JUST_NOW,
        scope: runtimeScope,
        attributes: including({
          "http.request.method": "GET",
          "url.path": "/orders",
          "url.query": "id=42",
          "http.response.status_code": "503",
        }),
      };
      expect(spans).toHaveLength(3);
      expect(client?.traceId).toEqual(TRACE_ID);
      expect(client).toEqual({
        ...http,
        kind: "client",
        status: { code: "error", message: "Service Unavailable" },
      });
      expect(server).toEqual({
        ...http,
        kind: "server",
        parentSpanId: client?.spanId,
        status: { code: "error" },
      });
      expect(charge).toEqual({
        ...common,
        name: "charge",
        kind: "producer",
        parentSpanId: server?.spanId,
        scope: { name: "shop", version: "4.5.6", attributes: {} },
        startTimeUnixNano: around(0),
        endTimeUnixNano: around(250),
        attributes: {
          text: "Grüße 🎈",
          yes: true,
          count: double(42),
          ratio: 0.1,
          strings: ["a", "b"],
          ints: [double(1), double(2)],
          bools: [true, false],
        },
        events: [
          { name: "retry", timeUnixNano: around(1), attributes: { attempt: double(2) } },
          {
            name: "exception",
            timeUnixNano: around(2),
            attributes: including({
              "exception.type": "RangeError",
              "exception.message": "card declined",
            }),
          },
        ],
        status: { code: "error", message: "card declined" },
      });
    });

    test("what the console printed comes back with the ids of its span", async () => {
      const common = {
        service,
        resource,
        scope: runtimeScope,
        timeUnixNano: JUST_NOW,
        observedTimeUnixNano: JUST_NOW,
        traceId: spanOf("server")?.traceId,
        flags: 1,
      };
      expect(await readLogs(service, 2)).toEqual([
        {
          ...common,
          severityNumber: 9,
          severityText: "INFO",
          body: "order 42 taken\n",
          attributes: { "log.iostream": "stdout" },
          spanId: spanOf("server")?.spanId,
        },
        {
          ...common,
          severityNumber: 17,
          severityText: "ERROR",
          body: "card declined\n",
          attributes: { "log.iostream": "stderr" },
          spanId: spanOf("producer")?.spanId,
        },
      ]);
    });

    test("metric points come back, and the runtime's beside them", async () => {
      const points = await readPoints(service, 5);
      const common = {
        description: "",
        unit: "",
        attributes: {},
        resource,
        scope: { name: "shop", version: "4.5.6", schemaUrl: "" },
        startTimeUnixNano: JUST_NOW,
        timeUnixNano: JUST_NOW,
      };
      const sum = { ...common, kind: "sum", temporality: "cumulative" };
      expect(points.filter(({ scope }) => scope.name === "shop")).toEqual([
        {
          ...common,
          name: "duration",
          kind: "histogram",
          unit: "s",
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
          attributes: { plan: "free" },
          value: { asDouble: 6 },
        },
        { ...sum, name: "queue.size", monotonic: false, value: { asDouble: -3 } },
        {
          ...common,
          name: "temperature",
          kind: "gauge",
          unit: "Cel",
          attributes: { room: "a" },
          value: { asDouble: 21.5 },
        },
      ]);
      const others = points.filter(({ scope }) => scope.name !== "shop");
      expect(others.map(({ name }) => name)).toContain("http.server.request.duration");
    });
  });
});
