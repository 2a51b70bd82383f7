// every-field.ts — requests in which every field of the official definitions is set, in protobuf's own JSON, and what must
// come back of them.

import { randomBytes } from "node:crypto";
import { double } from "../support/read-back.ts";

export function everyField(service: string) {
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

  function traces() {
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
    const request = {
      resourceSpans: [
        {
          resource,
          schemaUrl: "https://example.com/resource",
          scopeSpans: [{ scope, schemaUrl: "https://example.com/scope", spans: [span] }],
        },
      ],
    };

    const expected = [
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
    ];
    return { request, expected };
  }

  function logs() {
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
    const request = {
      resourceLogs: [
        {
          resource,
          schemaUrl: "https://example.com/resource",
          scopeLogs: [{ scope, schemaUrl: "https://example.com/scope", logRecords: [record] }],
        },
      ],
    };

    const expected = [
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
    ];
    return { request, expected };
  }

  function metrics() {
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
    const request = {
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
    };
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

    const expected = [
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
    ];
    return { request, expected };
  }

  return { traces: traces(), logs: logs(), metrics: metrics() };
}
