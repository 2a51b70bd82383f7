import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signalTables, tablesOf } from "./schema.ts";
import { openTestStore, type TestStore } from "./testdata/open-test-store.ts";
import {
  attributesOf,
  bytesOfHex,
  definitions,
  intValue,
  nanosecondsAt,
} from "./testdata/requests.ts";

const page = readFileSync(
  new URL("../../../../docs/guide/stored-fields.md", import.meta.url),
  "utf8",
);

/** The first cells of all tables, field by field; the second cells' columns. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, fields = "", rest = ""]) => ({ fields: namesIn(fields), columns: namesIn(rest) }));

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);
}

/** Every message that a request can contain, by its own name. */
function messages(): Map<string, { prototype: object }> {
  const found = new Map<string, { prototype: object }>();
  const { common, resource, trace, logs, metrics } = definitions;
  const spaces = [common.v1, resource.v1, trace.v1, logs.v1, metrics.v1];
  const visit = (space: Record<string, unknown>) => {
    for (const [name, type] of Object.entries(space)) {
      if (typeof type !== "function" || !("encode" in type) || name.endsWith("Data")) continue;
      found.set(name, type);
      visit(type as unknown as Record<string, unknown>);
    }
  };
  for (const space of spaces) visit(space);
  return found;
}

describe("docs/guide/stored-fields.md", () => {
  test("names every field of the official definitions once, and no other", () => {
    const defined = [...messages()].flatMap(([name, { prototype }]) =>
      Object.keys(prototype)
        .filter((field) => field !== "toJSON")
        .map((field) => `${name}.${field}`),
    );
    expect(defined.length).toBeGreaterThan(90);
    expect(rows.flatMap((row) => row.fields).toSorted()).toEqual(defined.toSorted());
  });

  test("names every column that the store sends, and no other", () => {
    const sent = new Set(
      signalTables.flatMap((table) =>
        table.columns.filter((column) => column.alias === undefined).map((column) => column.name),
      ),
    );
    const named = new Set(rows.flatMap((row) => row.columns).filter((name) => /^[A-Z]/.test(name)));
    for (const prefix of ["Events.", "Links.", "Exemplars."]) named.delete(prefix);
    expect([...named, "TimestampSource"].toSorted()).toEqual([...sent].toSorted());
  });
});

// One request per signal in which every field has a value that no other field has.

const nowMs = Date.now();
const time = (ns: number) => nanosecondsAt(nowMs, ns);
const traceId = (byte: string) => bytesOfHex(byte.repeat(16));
const spanId = (byte: string) => bytesOfHex(byte.repeat(8));
const resource = {
  attributes: attributesOf({ "service.name": "every", r: "1" }),
  droppedAttributesCount: 11,
};
const scope = {
  name: "scope",
  version: "9.9",
  attributes: attributesOf({ s: "1" }),
  droppedAttributesCount: 12,
};

const origin = {
  ServiceName: "every",
  ResourceAttributes: { r: "1", service: { name: "every" } },
  ResourceAttributesKeys: ["r", "service.name"],
  ResourceDroppedAttrCount: 11,
  ResourceSchemaUrl: "resource-url",
  ScopeName: "scope",
  ScopeVersion: "9.9",
  ScopeAttributes: { s: "1" },
  ScopeDroppedAttrCount: 12,
  ScopeSchemaUrl: "scope-url",
};

describe("A request with every field", () => {
  let test1: TestStore;

  beforeAll(async () => {
    test1 = await openTestStore();
    await test1.engine.whenReady();
  });

  afterAll(() => test1.close());

  /** The only row of a table; times as epoch nanoseconds. */
  async function rowOf(table: string): Promise<Record<string, unknown>> {
    const times = signalTables
      .find((candidate) => candidate.name === table)
      ?.columns.filter((column) => /DateTime64/.test(column.type))
      .map(({ name, type }) =>
        type.startsWith("Array")
          ? `arrayMap(t -> toUnixTimestamp64Nano(t), \`${name}\`) AS \`${name}\``
          : `toUnixTimestamp64Nano(\`${name}\`) AS \`${name}\``,
      );
    const [row] = await test1.rows<Record<string, unknown>>(
      `SELECT * REPLACE (${times?.join(", ")}) FROM ${table} SETTINGS asterisk_include_alias_columns = 1`,
    );
    return row ?? {};
  }

  test("of spans is in otel_traces", async () => {
    const span = {
      traceId: traceId("a1"),
      spanId: spanId("b1"),
      parentSpanId: spanId("c1"),
      traceState: "a=1",
      flags: 0x301,
      name: "name",
      kind: 3,
      startTimeUnixNano: time(1),
      endTimeUnixNano: time(1_001),
      attributes: attributesOf({ k: intValue(1) }),
      droppedAttributesCount: 1,
      events: [
        {
          timeUnixNano: time(2),
          name: "event",
          attributes: attributesOf({ e: true }),
          droppedAttributesCount: 2,
        },
      ],
      droppedEventsCount: 3,
      links: [
        {
          traceId: traceId("d1"),
          spanId: spanId("e1"),
          traceState: "b=2",
          attributes: attributesOf({ l: "x" }),
          droppedAttributesCount: 4,
          flags: 0x201,
        },
      ],
      droppedLinksCount: 5,
      status: { code: 2, message: "message" },
    };
    const scopeSpans = [{ scope, schemaUrl: "scope-url", spans: [span] }];
    await test1.send("traces", {
      resourceSpans: [{ resource, schemaUrl: "resource-url", scopeSpans }],
    });
    await test1.store.drained();
    expect(await rowOf("otel_traces")).toMatchObject({
      ...origin,
      Timestamp: time(1),
      TimestampSource: "",
      EndTimestamp: time(1_001),
      Duration: "1000",
      TraceId: "a1".repeat(16),
      SpanId: "b1".repeat(8),
      ParentSpanId: "c1".repeat(8),
      TraceState: "a=1",
      TraceFlags: 0x301,
      SpanName: "name",
      SpanKind: "Client",
      StatusCode: "Error",
      StatusMessage: "message",
      SpanAttributes: { k: "1" },
      SpanAttributesExact: "",
      SpanDroppedAttrCount: 1,
      SpanDroppedEventsCount: 3,
      SpanDroppedLinksCount: 5,
      "Events.Timestamp": [time(2)],
      "Events.Name": ["event"],
      "Events.Attributes": ['{"e":true}'],
      "Events.DroppedAttrCount": [2],
      "Links.TraceId": ["d1".repeat(16)],
      "Links.SpanId": ["e1".repeat(8)],
      "Links.TraceState": ["b=2"],
      "Links.Attributes": ['{"l":"x"}'],
      "Links.DroppedAttrCount": [4],
      "Links.TraceFlags": [0x201],
    });
  });

  test("of logs is in otel_logs", async () => {
    const record = {
      timeUnixNano: time(1),
      observedTimeUnixNano: time(2),
      severityNumber: 17,
      severityText: "ERR",
      body: { kvlistValue: { values: attributesOf({ b: intValue(1) }) } },
      attributes: attributesOf({ k: "v" }),
      droppedAttributesCount: 1,
      flags: 0x101,
      traceId: traceId("a2"),
      spanId: spanId("b2"),
      eventName: "event",
    };
    const scopeLogs = [{ scope, schemaUrl: "scope-url", logRecords: [record] }];
    await test1.send("logs", {
      resourceLogs: [{ resource, schemaUrl: "resource-url", scopeLogs }],
    });
    await test1.store.drained();
    expect(await rowOf("otel_logs")).toMatchObject({
      ...origin,
      Timestamp: time(1),
      ObservedTimestamp: time(2),
      SeverityNumber: 17,
      SeverityText: "ERR",
      Body: '{"b":1}',
      BodyExact: '{"kvlistValue":{"values":[{"key":"b","value":{"intValue":"1"}}]}}',
      LogAttributes: { k: "v" },
      LogDroppedAttrCount: 1,
      TraceFlags: 0x101,
      TraceId: "a2".repeat(16),
      SpanId: "b2".repeat(8),
      EventName: "event",
    });
  });

  test("of metrics is in the table of each kind", async () => {
    const exemplar = {
      filteredAttributes: attributesOf({ x: "1" }),
      timeUnixNano: time(3),
      asInt: "9007199254740993",
      spanId: spanId("b3"),
      traceId: traceId("a3"),
    };
    const point = {
      attributes: attributesOf({ k: "v" }),
      startTimeUnixNano: time(1),
      timeUnixNano: time(2),
      flags: 1,
    };
    const sampled = { ...point, exemplars: [exemplar] };
    const extrema = { count: 3, sum: 6.5, min: 0.5, max: 4 };
    const about = { description: "about", unit: "By", metadata: attributesOf({ m: "1" }) };
    const metrics = [
      { ...about, name: "gauge", gauge: { dataPoints: [{ ...sampled, asDouble: 1.25 }] } },
      {
        ...about,
        name: "sum",
        sum: {
          aggregationTemporality: 1,
          isMonotonic: true,
          dataPoints: [{ ...sampled, asInt: "-5" }],
        },
      },
      {
        ...about,
        name: "histogram",
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [{ ...sampled, ...extrema, bucketCounts: [1, 2], explicitBounds: [2.5] }],
        },
      },
      {
        ...about,
        name: "exponential_histogram",
        exponentialHistogram: {
          aggregationTemporality: 2,
          dataPoints: [
            {
              ...sampled,
              ...extrema,
              scale: -3,
              zeroCount: 7,
              zeroThreshold: 0.125,
              positive: { offset: -4, bucketCounts: [8] },
              negative: { offset: 5, bucketCounts: [9, 10] },
            },
          ],
        },
      },
      {
        ...about,
        name: "summary",
        summary: {
          dataPoints: [
            { ...point, count: 3, sum: 6.5, quantileValues: [{ quantile: 0.5, value: 2.5 }] },
          ],
        },
      },
    ];
    const scopeMetrics = [{ scope, schemaUrl: "scope-url", metrics }];
    await test1.send("metrics", {
      resourceMetrics: [{ resource, schemaUrl: "resource-url", scopeMetrics }],
    });
    await test1.store.drained();

    const common = {
      ...origin,
      MetricDescription: "about",
      MetricUnit: "By",
      MetricMetadata: '{"m":"1"}',
      StartTimeUnix: time(1),
      TimeUnix: time(2),
      Flags: 1,
      Attributes: { k: "v" },
    };
    const exemplars = {
      "Exemplars.FilteredAttributes": ['{"x":"1"}'],
      "Exemplars.TimeUnix": [time(3)],
      "Exemplars.Value": [9007199254740992],
      "Exemplars.ValueInt": ["9007199254740993"],
      "Exemplars.ValueType": [2],
      "Exemplars.SpanId": ["b3".repeat(8)],
      "Exemplars.TraceId": ["a3".repeat(16)],
    };
    const both = {
      Count: "3",
      Sum: 6.5,
      Min: 0.5,
      Max: 4,
      HasSum: true,
      HasMin: true,
      HasMax: true,
    };
    const expected: Record<string, object> = {
      gauge: { ...exemplars, Value: 1.25, ValueInt: "0", ValueType: 1 },
      sum: {
        ...exemplars,
        Value: -5,
        ValueInt: "-5",
        ValueType: 2,
        AggregationTemporality: 1,
        IsMonotonic: true,
      },
      histogram: {
        ...exemplars,
        ...both,
        AggregationTemporality: 2,
        BucketCounts: ["1", "2"],
        ExplicitBounds: [2.5],
      },
      exponential_histogram: {
        ...exemplars,
        ...both,
        AggregationTemporality: 2,
        Scale: -3,
        ZeroCount: "7",
        ZeroThreshold: 0.125,
        PositiveOffset: -4,
        PositiveBucketCounts: ["8"],
        NegativeOffset: 5,
        NegativeBucketCounts: ["9", "10"],
      },
      summary: {
        Count: "3",
        Sum: 6.5,
        "ValueAtQuantiles.Quantile": [0.5],
        "ValueAtQuantiles.Value": [2.5],
      },
    };
    for (const { name } of tablesOf("metrics")) {
      const kind = name.replace("otel_metrics_", "");
      expect(await rowOf(name)).toMatchObject({ ...common, MetricName: kind, ...expected[kind] });
    }
  });
});
