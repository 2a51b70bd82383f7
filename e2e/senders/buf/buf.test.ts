// `buf curl` is grpc-go-connect: it knows nothing of telemetry, only the official .proto files, so every field of them
// can be set. It takes the files that dd-trace ships unchanged.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { describeSender } from "../support/describe-sender.ts";
import { installSender, type Sender } from "../support/install.ts";
import { double, readLogs, readSpans } from "../support/read-back.ts";
import { readPoints } from "../support/read-points.ts";
import { endedSender } from "../support/run-sender.ts";

const buf = installSender("buf");
const ddTrace = installSender("dd-trace");
const DEFINITIONS = join(
  ddTrace.folder,
  "node_modules/dd-trace/packages/dd-trace/src/opentelemetry/otlp",
);
const METHODS = {
  traces: "opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  logs: "opentelemetry.proto.collector.logs.v1.LogsService/Export",
};

function curl(method: string, request: object, schema = DEFINITIONS) {
  const protocol = ["--protocol", "grpc", "--http2-prior-knowledge"];
  const url = `${inject("dashboard").otlpGrpcUrl}/${method}`;
  return endedSender({
    command: join(buf.folder, "node_modules/.bin/buf"),
    args: ["curl", "--schema", schema, ...protocol, "-d", JSON.stringify(request), url],
    folder: buf.folder,
    env: { BUF_CACHE_DIR: join(buf.folder, "node_modules/.cache") },
  });
}

const sender: Sender = { ...buf, missing: buf.missing ?? ddTrace.missing };

describeSender("buf curl 1.75 over grpc", sender, () => {
  const service = "buf";
  const startNano = BigInt(Date.now() - 1_000) * 1_000_000n + 123_457n;
  const after = (ms: number) => String(startNano + BigInt(ms) * 1_000_000n);
  const traceId = randomBytes(16);
  const [parentId, spanId, linkedId] = [randomBytes(8), randomBytes(8), randomBytes(8)];
  // Canonical JSON of protobuf has base64 where OTLP/JSON has hex digits.
  const base64 = (bytes: Buffer) => bytes.toString("base64");
  const hex = (bytes: Buffer) => bytes.toString("hex");

  const every = [
    { key: "text", value: { stringValue: "Grüße 🎈" } },
    { key: "yes", value: { boolValue: true } },
    { key: "int", value: { intValue: "-9223372036854775808" } },
    { key: "double", value: { doubleValue: 3 } },
    { key: "nan", value: { doubleValue: "NaN" } },
    { key: "bytes", value: { bytesValue: "AAECAw==" } },
    {
      key: "list",
      value: { arrayValue: { values: [{ intValue: "1" }, { stringValue: "a" }, {}] } },
    },
    {
      key: "map",
      value: { kvlistValue: { values: [{ key: "deep", value: { boolValue: false } }] } },
    },
  ];
  const everyBack = {
    text: "Grüße 🎈",
    yes: true,
    int: "-9223372036854775808",
    double: double(3),
    nan: { doubleValue: "NaN" },
    bytes: { bytesValue: "AAECAw==" },
    list: [1, "a", null],
    map: { deep: false },
  };
  const resource = {
    attributes: [{ key: "service.name", value: { stringValue: service } }, ...every],
    droppedAttributesCount: 1,
  };
  const scope = { name: "shop", version: "4.5.6", attributes: every, droppedAttributesCount: 2 };
  const origin = {
    service,
    resource: { "service.name": service, ...everyBack },
    resourceDroppedAttributesCount: 1,
    resourceSchemaUrl: "https://example.com/resource",
    scope: { name: "shop", version: "4.5.6", attributes: everyBack, droppedAttributesCount: 2 },
    scopeSchemaUrl: "https://example.com/scope",
  };

  test("every field of a span comes back", async () => {
    const span = {
      traceId: base64(traceId),
      spanId: base64(spanId),
      parentSpanId: base64(parentId),
      traceState: "vendor=abc",
      flags: 0x301,
      name: "POST /orders",
      kind: "SPAN_KIND_SERVER",
      startTimeUnixNano: after(0),
      endTimeUnixNano: after(250),
      attributes: every,
      droppedAttributesCount: 3,
      events: [
        {
          timeUnixNano: after(1),
          name: "cache miss",
          attributes: every,
          droppedAttributesCount: 4,
        },
      ],
      droppedEventsCount: 5,
      links: [
        {
          traceId: base64(traceId),
          spanId: base64(linkedId),
          traceState: "other=1",
          flags: 0x100,
          attributes: every,
          droppedAttributesCount: 6,
        },
      ],
      droppedLinksCount: 7,
      status: { code: "STATUS_CODE_ERROR", message: "declined" },
    };
    const answer = await curl(METHODS.traces, {
      resourceSpans: [
        {
          resource,
          schemaUrl: "https://example.com/resource",
          scopeSpans: [{ scope, schemaUrl: "https://example.com/scope", spans: [span] }],
        },
      ],
    });

    expect(answer).toMatchObject({ code: 0, stdout: "{}\n" });
    expect(await readSpans(service, 1)).toEqual([
      {
        ...origin,
        traceId: hex(traceId),
        spanId: hex(spanId),
        parentSpanId: hex(parentId),
        traceState: "vendor=abc",
        flags: 0x301,
        name: "POST /orders",
        kind: "server",
        startTimeUnixNano: after(0),
        endTimeUnixNano: after(250),
        attributes: everyBack,
        droppedAttributesCount: 3,
        events: [
          {
            timeUnixNano: after(1),
            name: "cache miss",
            attributes: everyBack,
            droppedAttributesCount: 4,
          },
        ],
        droppedEventsCount: 5,
        links: [
          {
            traceId: hex(traceId),
            spanId: hex(linkedId),
            traceState: "other=1",
            flags: 0x100,
            attributes: everyBack,
            droppedAttributesCount: 6,
          },
        ],
        droppedLinksCount: 7,
        status: { code: "error", message: "declined" },
      },
    ]);
  });

  test("every field of a log record comes back", async () => {
    const record = {
      timeUnixNano: after(2),
      observedTimeUnixNano: after(3),
      severityNumber: "SEVERITY_NUMBER_WARN2",
      severityText: "WARNING",
      eventName: "order.late",
      body: { kvlistValue: { values: every } },
      attributes: every,
      droppedAttributesCount: 3,
      flags: 1,
      traceId: base64(traceId),
      spanId: base64(spanId),
    };
    const answer = await curl(METHODS.logs, {
      resourceLogs: [
        {
          resource,
          schemaUrl: "https://example.com/resource",
          scopeLogs: [{ scope, schemaUrl: "https://example.com/scope", logRecords: [record] }],
        },
      ],
    });

    expect(answer).toMatchObject({ code: 0, stdout: "{}\n" });
    expect(await readLogs(service, 1)).toEqual([
      {
        ...origin,
        timeUnixNano: after(2),
        observedTimeUnixNano: after(3),
        severityNumber: 14,
        severityText: "WARNING",
        eventName: "order.late",
        body: everyBack,
        attributes: everyBack,
        droppedAttributesCount: 3,
        flags: 1,
        traceId: hex(traceId),
        spanId: hex(spanId),
      },
    ]);
  });

  test("points of all five kinds come back, with exemplars", async () => {
    const times = { startTimeUnixNano: after(0), timeUnixNano: after(200), attributes: every };
    const exemplars = [
      {
        filteredAttributes: [{ key: "user", value: { stringValue: "u-1" } }],
        timeUnixNano: after(100),
        asInt: "7",
        traceId: base64(traceId),
        spanId: base64(spanId),
      },
    ];
    const temporality = { aggregationTemporality: "AGGREGATION_TEMPORALITY_DELTA" };
    const extent = { count: "3", sum: 6.5, min: 0.5, max: 4, exemplars };
    const answer = await curl(METHODS.metrics, {
      resourceMetrics: [
        {
          resource,
          scopeMetrics: [
            {
              scope,
              schemaUrl: "https://example.com/scope",
              metrics: [
                {
                  name: "a.gauge",
                  unit: "Cel",
                  description: "Now",
                  gauge: { dataPoints: [{ ...times, asDouble: -273.15, exemplars }] },
                },
                {
                  name: "b.sum",
                  sum: {
                    ...temporality,
                    isMonotonic: true,
                    dataPoints: [{ ...times, asInt: "5", exemplars }],
                  },
                },
                {
                  name: "c.histogram",
                  histogram: {
                    ...temporality,
                    dataPoints: [
                      { ...times, ...extent, bucketCounts: ["1", "2"], explicitBounds: [1] },
                    ],
                  },
                },
                {
                  name: "d.exponential",
                  exponentialHistogram: {
                    ...temporality,
                    dataPoints: [
                      {
                        ...times,
                        ...extent,
                        scale: 2,
                        zeroCount: "1",
                        positive: { offset: -3, bucketCounts: ["1", "0", "1"] },
                        negative: { offset: 1, bucketCounts: [] },
                      },
                    ],
                  },
                },
                {
                  name: "e.summary",
                  summary: {
                    dataPoints: [
                      {
                        ...times,
                        count: "3",
                        sum: 6.5,
                        quantileValues: [
                          { quantile: 0.5, value: 2 },
                          { quantile: 1, value: 4 },
                        ],
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    });
    const common = {
      unit: "",
      description: "",
      attributes: everyBack,
      resource: origin.resource,
      scope: { name: "shop", version: "4.5.6", schemaUrl: "https://example.com/scope" },
      startTimeUnixNano: after(0),
      timeUnixNano: after(200),
    };
    const exemplarsBack = {
      exemplars: [
        {
          value: 7,
          timeUnixNano: after(100),
          traceId: hex(traceId),
          spanId: hex(spanId),
          attributes: { user: "u-1" },
        },
      ],
    };
    const extentBack = { count: 3, sum: 6.5, min: 0.5, max: 4, ...exemplarsBack };

    expect(answer).toMatchObject({ code: 0, stdout: "{}\n" });
    expect(await readPoints(service, 5)).toEqual([
      {
        ...common,
        ...exemplarsBack,
        name: "a.gauge",
        kind: "gauge",
        unit: "Cel",
        description: "Now",
        value: { asDouble: -273.15 },
      },
      {
        ...common,
        ...exemplarsBack,
        name: "b.sum",
        kind: "sum",
        temporality: "delta",
        monotonic: true,
        value: { asInt: 5 },
      },
      {
        ...common,
        ...extentBack,
        name: "c.histogram",
        kind: "histogram",
        temporality: "delta",
        bounds: [1],
        bucketCounts: [1, 2],
      },
      {
        ...common,
        ...extentBack,
        name: "d.exponential",
        kind: "exponential_histogram",
        temporality: "delta",
        exponential: {
          scale: 2,
          zeroCount: 1,
          positive: { offset: -3, bucketCounts: [1, 0, 1] },
          negative: { offset: 1, bucketCounts: [] },
        },
      },
      {
        ...common,
        name: "e.summary",
        kind: "summary",
        count: 3,
        sum: 6.5,
        quantiles: [
          [0.5, 2],
          [1, 4],
        ],
      },
    ]);
  });

  test("an empty request is a success", async () => {
    expect(await curl(METHODS.logs, {})).toMatchObject({ code: 0, stdout: "{}\n" });
  });

  test("a bad row is rejected alone, with its place and the reason", async () => {
    const span = { spanId: base64(spanId), name: "no trace", startTimeUnixNano: after(0) };
    const { code, stdout } = await curl(METHODS.traces, {
      resourceSpans: [{ scopeSpans: [{ spans: [{ ...span, traceId: "AQID" }] }] }],
    });

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      partialSuccess: {
        rejectedSpans: "1",
        errorMessage: expect.stringMatching(
          /^resource_spans\[0\]\.scope_spans\[0\]\.spans\[0\]\.trace_id at byte \d+: the id is not 16 bytes long/,
        ) as string,
      },
    });
  });

  test("a malformed request is INVALID_ARGUMENT with a sentence that names the field", async () => {
    const request = { resourceSpans: "EgUKAxIB" };
    const { code, stderr } = await curl(
      METHODS.traces,
      request,
      join(buf.folder, "other-definition"),
    );

    expect(code).not.toBe(0);
    expect(JSON.parse(stderr)).toEqual({
      code: "invalid_argument",
      message: expect.stringMatching(
        /^Cannot decode traces request: resource_spans\[0\]\.scope_spans\[0\] at byte 3: the length passes the end/,
      ) as string,
    });
  });
});
