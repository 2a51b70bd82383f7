import { decodeRequest, type Signal } from "@telemetry/otlp";
import { describe, expect, test, vi } from "vitest";
import type { Fields } from "../testdata/requests.ts";
import {
  attributesOf,
  bytesOfHex,
  checkoutResource,
  doubleValue,
  encodeRequest,
  intValue,
  logRequest,
  metricRequest,
  nanosecondsAt,
  spanOf,
  traceRequest,
} from "../testdata/requests.ts";
import { tablesOf } from "../tables/tables.ts";
import type { PlanOptions } from "./native.ts";
import { describePlanned, encodeBlock, planRows } from "./native.ts";
import type { RowValues } from "./native.ts";

const nowMs = Date.now();
const plan: PlanOptions = {
  receivedAtMs: nowMs,
  retentionMs: 7 * 86_400_000,
  countOversized: () => {},
};

function planned(signal: Signal, request: Fields, options: PlanOptions = plan) {
  return planRows(decodeRequest(signal, "protobuf", encodeRequest(signal, request)), options);
}

/** What a request becomes, by table. */
function rowsOf(signal: Signal, request: Fields, options: PlanOptions = plan) {
  const plans = planned(signal, request, options);
  const rows = new Map<string, RowValues[]>();
  for (const table of tablesOf(signal)) {
    const own = plans.filter((part) => part.table.name === table.name);
    const count = own.reduce((sum, part) => sum + part.rowCount, 0);
    rows.set(
      table.name,
      Array.from({ length: count }, (_, row) => describePlanned(table, own, row)),
    );
  }
  return rows;
}

function spanRow(fields: Fields): RowValues {
  const rows = rowsOf("traces", traceRequest([spanOf(1, fields)])).get("otel_traces");
  return rows?.[0] as RowValues;
}

/** The three texts of an attribute set: of a span, and of an event. */
function textsOf(attributes: Fields[]) {
  const row = spanRow({ attributes, events: [{ name: "e", attributes }] });
  return {
    json: row["SpanAttributes"],
    exact: row["SpanAttributesExact"],
    text: (row["Events.Attributes"] as string[])[0],
  };
}

describe("a span as a row", () => {
  test("has its ids as hex digits, and '' for the parent of a root", () => {
    const parent = bytesOfHex("00f067aa0ba902b7");
    expect(spanRow({ parentSpanId: parent })).toMatchObject({
      TraceId: `${"a".repeat(31)}1`,
      SpanId: `${"b".repeat(15)}1`,
      ParentSpanId: "00f067aa0ba902b7",
    });
    expect(spanRow({})["ParentSpanId"]).toBe("");
  });

  test("has the names of kind and status, and digits for numbers that have none", () => {
    expect(spanRow({ kind: 4, status: { code: 2, message: "no" } })).toMatchObject({
      SpanKind: "Producer",
      StatusCode: "Error",
      StatusMessage: "no",
    });
    expect(spanRow({ kind: 9 })["SpanKind"]).toBe("9");
  });

  test("has the duration in nanoseconds across the halves of its 64 bits", () => {
    const start = 2n ** 32n * 400_000_000n + 4_294_967_000n;
    const receivedAtMs = Number(start / 1_000_000n);
    const times = { startTimeUnixNano: `${start}`, endTimeUnixNano: `${start + 5_000_000_123n}` };
    const request = traceRequest([spanOf(1, times)]);
    const [row] = rowsOf("traces", request, { ...plan, receivedAtMs }).get("otel_traces") ?? [];
    expect(row).toMatchObject({
      Timestamp: `${start}`,
      EndTimestamp: `${start + 5_000_000_123n}`,
      Duration: "5000000123",
    });
  });

  test.each([
    ["it has no end", "0"],
    ["it ends before it starts", nanosecondsAt(nowMs - 1)],
  ])("has duration 0 when %s, and keeps the end as sent", (_, endTimeUnixNano) => {
    const row = spanRow({ startTimeUnixNano: nanosecondsAt(nowMs), endTimeUnixNano });
    expect(row).toMatchObject({ Duration: "0", EndTimestamp: endTimeUnixNano });
  });

  test("that has no start gets the time of its arrival, says so, and has no duration", () => {
    const row = spanRow({ startTimeUnixNano: "0", endTimeUnixNano: nanosecondsAt(nowMs + 9) });
    expect(row).toMatchObject({
      Timestamp: nanosecondsAt(nowMs),
      TimestampSource: "received",
      Duration: "0",
    });
  });

  test("replaces what is no UTF-8 in a name by U+FFFD", () => {
    const request = encodeRequest("traces", traceRequest([spanOf(1, { name: "ok\u0001\u0001" })]));
    const at = Buffer.from(request).indexOf("ok\u0001\u0001");
    request.set([0xff, 0xfe], at + 2);
    const [part] = planRows(decodeRequest("traces", "protobuf", request), plan);
    const row = part && describePlanned(part.table, [part], 0);
    expect(row?.["SpanName"]).toBe("ok\uFFFD\uFFFD");
  });
});

describe("attributes", () => {
  test("keep doubles apart from integers, and every digit", () => {
    const { json, exact, text } = textsOf(
      attributesOf({
        one: intValue(1),
        "one.double": doubleValue(1),
        beyond: intValue("9007199254740993"),
        least: intValue("-9223372036854775808"),
        large: doubleValue(1e21),
        small: doubleValue(5e-324),
        zero: doubleValue(-0),
      }).filter((attribute) => attribute["key"] !== "one"),
    );
    expect(json).toBe(
      '{"one.double":1.0,"beyond":9007199254740993,"least":-9223372036854775808,"large":1e+21,"small":5e-324,"zero":-0.0}',
    );
    expect(exact).toBe("");
    expect(text).toBe(json);
  });

  test("escape what JSON escapes, and nothing else", () => {
    const { json } = textsOf(attributesOf({ 'q"': 'a"b\\c\n\t\u0000\u001fé😀/' }));
    expect(json).toBe('{"q\\"":"a\\"b\\\\c\\n\\t\\u0000\\u001fé😀/"}');
  });

  test("of one type in an array are ordinary", () => {
    const array = (...values: Fields[]) => ({ arrayValue: { values } });
    const attributes = attributesOf({
      strings: array({ stringValue: "a" }, { stringValue: "" }),
      doubles: array(doubleValue(1), doubleValue(2.5)),
      bools: array({ boolValue: true }, { boolValue: false }),
      ints: array(intValue(-1)),
    });
    expect(textsOf(attributes)).toEqual({
      json: '{"strings":["a",""],"doubles":[1.0,2.5],"bools":[true,false],"ints":[-1]}',
      exact: "",
      text: '{"strings":["a",""],"doubles":[1.0,2.5],"bools":[true,false],"ints":[-1]}',
    });
  });

  const kvlist = { kvlistValue: { values: attributesOf({ b: intValue(2) }) } };

  // What a JSON column loses and JSON text holds.
  test.each([
    ["a key that continues another", attributesOf({ error: true, "error.type": "x" })],
    ["the longer of two such keys first", attributesOf({ "a.b": "x", a: "y" })],
    ["a nested map", attributesOf({ a: kvlist })],
    ["null", [{ key: "a", value: {} }]],
    ["no value at all", [{ key: "a" }]],
    ["an empty array", attributesOf({ a: { arrayValue: { values: [] } } })],
    [
      "a mixed array",
      attributesOf({ a: { arrayValue: { values: [intValue(1), doubleValue(1)] } } }),
    ],
    ["a nested array", attributesOf({ a: { arrayValue: { values: [{ arrayValue: {} }] } } })],
  ])("with %s are also kept exactly beside the column, not in text", (_, attributes) => {
    const { exact, text } = textsOf(attributes);
    expect(JSON.parse(String(exact))).toHaveLength(attributes.length);
    expect(text).toMatch(/^\{/);
  });

  // What also JSON text loses.
  test.each([
    ["bytes", attributesOf({ a: { bytesValue: Buffer.from("hi") } }), '{"bytesValue":"aGk="}'],
    ["NaN", attributesOf({ a: doubleValue(NaN) }), '{"doubleValue":"NaN"}'],
    ["infinity", attributesOf({ a: doubleValue(-Infinity) }), '{"doubleValue":"-Infinity"}'],
    ["a key twice", [...attributesOf({ a: "1" }), ...attributesOf({ a: "2" })], undefined],
    [
      "a key twice in a map",
      attributesOf({
        a: { kvlistValue: { values: [...attributesOf({ k: "1" }), ...attributesOf({ k: "2" })] } },
      }),
      undefined,
    ],
  ])("with %s are OTLP JSON, also in text", (_, attributes, value) => {
    const { exact, text } = textsOf(attributes);
    expect(text).toBe(exact);
    const parsed = JSON.parse(String(exact)) as { key: string; value: unknown }[];
    expect(parsed.map((entry) => entry.key)).toEqual(attributes.map((entry) => entry["key"]));
    if (value !== undefined) expect(parsed[0]?.value).toEqual(JSON.parse(value));
  });

  test("beyond 128 of a set are compared as well", () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, "v"]));
    expect(textsOf(attributesOf(many)).exact).toBe("");
    expect(textsOf(attributesOf({ ...many, "k7.x": "v" })).exact).not.toBe("");
    expect(textsOf([...attributesOf(many), ...attributesOf({ k7: "again" })]).text).toMatch(/^\[/);
  });

  test("with half a surrogate pair keep it in the exact text", () => {
    const request = encodeRequest(
      "traces",
      traceRequest([spanOf(1, { attributes: attributesOf({ a: "x???y" }) })]),
    );
    request.set([0xed, 0xa0, 0xbd], Buffer.from(request).indexOf("???"));
    const [part] = planRows(decodeRequest("traces", "protobuf", request), plan);
    if (part === undefined) throw new Error("no rows");
    const row = describePlanned(part.table, [part], 0);
    expect(row["SpanAttributesExact"]).toBe('[{"key":"a","value":{"stringValue":"x\\ud83dy"}}]');
    expect(JSON.parse(String(row["SpanAttributes"]))["a"]).toMatch(/^x\uFFFD+y$/);
  });

  test("of a megabyte on a resource are left out and counted, the rows are not", () => {
    const countOversized = vi.fn();
    const resource = {
      attributes: attributesOf({ "service.name": "big", a: "x".repeat(1_048_576) }),
    };
    const rows = rowsOf("traces", traceRequest([spanOf(1), spanOf(2)], resource), {
      ...plan,
      countOversized,
    }).get("otel_traces");
    expect(rows).toHaveLength(2);
    expect(rows?.[1]).toMatchObject({ ServiceName: "big", ResourceAttributes: "{}" });
    expect(countOversized).toHaveBeenCalledTimes(1);
  });
});

describe("the origin of rows", () => {
  test("is that of each row's own resource and scope", () => {
    const scope = (name: string, spans: Fields[]) => ({
      scope: {
        name,
        version: "1",
        attributes: attributesOf({ s: name }),
        droppedAttributesCount: 3,
      },
      schemaUrl: `scope/${name}`,
      spans,
    });
    const request = {
      resourceSpans: [
        {
          resource: checkoutResource,
          scopeSpans: [scope("a", [spanOf(1)]), scope("b", [spanOf(2), spanOf(3)])],
        },
        { schemaUrl: "r", scopeSpans: [{ spans: [spanOf(4)] }] },
      ],
    };
    const rows = rowsOf("traces", request).get("otel_traces") ?? [];
    expect(rows.map((row) => [row["SpanName"], row["ServiceName"], row["ScopeName"]])).toEqual([
      ["span 1", "checkout", "a"],
      ["span 2", "checkout", "b"],
      ["span 3", "checkout", "b"],
      ["span 4", "", ""],
    ]);
    expect(rows[2]).toMatchObject({
      ScopeAttributes: '{"s":"b"}',
      ScopeDroppedAttrCount: 3,
      ScopeSchemaUrl: "scope/b",
      ResourceSchemaUrl: "",
    });
    expect(rows[3]).toMatchObject({ ResourceSchemaUrl: "r", ResourceAttributes: "{}" });
  });
});

describe("a log as a row", () => {
  const logRow = (fields: Fields) =>
    rowsOf("logs", logRequest([fields])).get("otel_logs")?.[0] as RowValues;
  const time = nanosecondsAt(nowMs);

  test.each([
    [{ stringValue: "hello" }, "hello", ""],
    [{ intValue: 5 }, "5", '{"intValue":"5"}'],
    [
      { kvlistValue: { values: attributesOf({ a: true }) } },
      '{"a":true}',
      '{"kvlistValue":{"values":[{"key":"a","value":{"boolValue":true}}]}}',
    ],
    [
      { arrayValue: { values: [{ boolValue: false }] } },
      "[false]",
      '{"arrayValue":{"values":[{"boolValue":false}]}}',
    ],
    [undefined, "", "{}"],
  ])("has the body %j as text and exactly", (body, text, exact) => {
    const row = logRow({ timeUnixNano: time, ...(body === undefined ? {} : { body }) });
    expect([row["Body"], row["BodyExact"]]).toEqual([text, exact]);
  });

  test("without a time has the observed time, without both the arrival", () => {
    expect(logRow({ observedTimeUnixNano: nanosecondsAt(nowMs - 5) })).toMatchObject({
      Timestamp: nanosecondsAt(nowMs - 5),
      TimestampSource: "observed",
    });
    expect(logRow({})).toMatchObject({
      Timestamp: nanosecondsAt(nowMs),
      TimestampSource: "received",
      ObservedTimestamp: "0",
    });
  });
});

describe("metric points as rows", () => {
  const timeUnixNano = nanosecondsAt(nowMs);

  test("go to the table of their kind", () => {
    const rows = rowsOf(
      "metrics",
      metricRequest([
        { name: "g", gauge: { dataPoints: [{ timeUnixNano, asDouble: 1.5 }] } },
        {
          name: "s",
          sum: {
            isMonotonic: true,
            aggregationTemporality: 2,
            dataPoints: [{ timeUnixNano, asInt: "9007199254740993" }],
          },
        },
        {
          name: "h",
          histogram: {
            dataPoints: [
              { timeUnixNano, count: 2, bucketCounts: [1, 1], explicitBounds: [5], min: -1 },
            ],
          },
        },
        {
          name: "x",
          exponentialHistogram: {
            dataPoints: [{ timeUnixNano, count: 3, positive: { offset: -2, bucketCounts: [3] } }],
          },
        },
        {
          name: "q",
          summary: {
            dataPoints: [{ timeUnixNano, quantileValues: [{ quantile: 0.5, value: 7 }] }],
          },
        },
        { name: "g2", gauge: { dataPoints: [{ timeUnixNano }] } },
      ]),
    );
    expect(rows.get("otel_metrics_gauge")).toMatchObject([
      { MetricName: "g", Value: 1.5, ValueInt: "0", ValueType: 1 },
      { MetricName: "g2", Value: 0, ValueType: 0 },
    ]);
    expect(rows.get("otel_metrics_sum")).toMatchObject([
      {
        Value: 9007199254740992,
        ValueInt: "9007199254740993",
        ValueType: 2,
        IsMonotonic: true,
        AggregationTemporality: 2,
      },
    ]);
    expect(rows.get("otel_metrics_histogram")).toMatchObject([
      {
        Count: "2",
        BucketCounts: ["1", "1"],
        ExplicitBounds: [5],
        HasSum: false,
        HasMin: true,
        Min: -1,
      },
    ]);
    expect(rows.get("otel_metrics_exponential_histogram")).toMatchObject([
      { Count: "3", PositiveOffset: -2, PositiveBucketCounts: ["3"], NegativeBucketCounts: [] },
    ]);
    expect(rows.get("otel_metrics_summary")).toMatchObject([
      { "ValueAtQuantiles.Quantile": [0.5], "ValueAtQuantiles.Value": [7] },
    ]);
  });

  test("carry their exemplars and their metric's metadata", () => {
    const exemplars = [
      {
        timeUnixNano,
        asInt: -3,
        traceId: bytesOfHex("ab".repeat(16)),
        filteredAttributes: attributesOf({ u: "1" }),
      },
      { timeUnixNano: "7", asDouble: 2.5 },
    ];
    const metadata = attributesOf({ m: intValue(1) });
    const request = metricRequest([
      { name: "g", metadata, gauge: { dataPoints: [{ timeUnixNano, asDouble: 0, exemplars }] } },
    ]);
    expect(rowsOf("metrics", request).get("otel_metrics_gauge")).toMatchObject([
      {
        MetricMetadata: '{"m":1}',
        "Exemplars.TimeUnix": [timeUnixNano, "7"],
        "Exemplars.Value": [-3, 2.5],
        "Exemplars.ValueInt": ["-3", "0"],
        "Exemplars.ValueType": [2, 1],
        "Exemplars.TraceId": ["ab".repeat(16), ""],
        "Exemplars.SpanId": ["", ""],
        "Exemplars.FilteredAttributes": ['{"u":"1"}', "{}"],
      },
    ]);
  });
});

describe("rows far from now", () => {
  const request = traceRequest([
    spanOf(1),
    spanOf(2, { startTimeUnixNano: "1" }),
    spanOf(3, { startTimeUnixNano: nanosecondsAt(nowMs - 8 * 86_400_000) }),
    spanOf(4, { startTimeUnixNano: nanosecondsAt(nowMs + 2 * 86_400_000) }),
    spanOf(5, { startTimeUnixNano: "18446744073709551615" }),
    spanOf(6, { startTimeUnixNano: nanosecondsAt(nowMs + 3_600_000) }),
  ]);

  test("are refused and counted, with the first of them", () => {
    const [part] = planned("traces", request);
    expect(part?.rowCount).toBe(2);
    expect(part?.expired).toMatchObject({ count: 2, firstRow: 1, firstTimeNs: 1n });
    expect(part?.ahead).toMatchObject({ count: 2, firstRow: 3 });
    expect(part?.describe(part.ahead)["SpanName"]).toBe("span 4");
  });

  test("are those of the arrival, not of the clock", () => {
    const [part] = planned("traces", request, { ...plan, receivedAtMs: nowMs - 8 * 86_400_000 });
    expect(part?.expired.count).toBe(1);
    expect(part?.ahead.count).toBe(4);
  });
});

describe("a block", () => {
  const request = traceRequest(Array.from({ length: 700 }, (_, index) => spanOf(index)));

  test("is the same bytes whenever it is made of the same requests", () => {
    const encode = () => {
      const plans = [...planned("traces", request), ...planned("traces", request)];
      const [first] = plans;
      if (first === undefined) throw new Error("no rows");
      return Buffer.concat(encodeBlock(first.table, plans, 0, 1_400).block.take());
    };
    expect(encode().equals(encode())).toBe(true);
  });

  test("of a part has exactly these rows, over the borders of requests", () => {
    const plans = [
      ...planned("traces", request),
      ...planned("traces", traceRequest([spanOf(9_999)])),
    ];
    const [first] = plans;
    if (first === undefined) throw new Error("no rows");
    const { block, to } = encodeBlock(first.table, plans, 698, 701);
    const rows = [698, 699, 700].map((row) => describePlanned(first.table, plans, row));
    expect(rows.map((row) => row["SpanName"])).toEqual(["span 698", "span 699", "span 9999"]);
    expect([block.rowCount, to]).toEqual([3, 701]);
  });

  test("ends early where it would get too large, and says where", () => {
    const attributes = attributesOf({ a: "x".repeat(200_000) });
    const resource = { attributes };
    const plans = planned(
      "traces",
      traceRequest(
        Array.from({ length: 900 }, (_, index) => spanOf(index)),
        resource,
      ),
    );
    const [first] = plans;
    if (first === undefined) throw new Error("no rows");
    const { block, to } = encodeBlock(first.table, plans, 0, 900);
    expect(to).toBe(768);
    expect(block.rowCount).toBe(768);
  });

  test("refuses a column of another kind, and one that is not there", () => {
    const [first] = planned("traces", request);
    if (first === undefined) throw new Error("no rows");
    const { block } = encodeBlock(first.table, [first], 0, 1);
    expect(() => block.words("SpanName")).toThrow('Cannot write column "SpanName"');
    expect(() => block.string("Nothing")).toThrow('Cannot write column "Nothing"');
    expect(() => block.wordArrays("Events.Name")).toThrow('Cannot write column "Events.Name"');
    block.string("SpanName").appendEmpty();
    expect(() => block.take()).toThrow(/column "SpanName" has 2 rows of 1/);
  });
});
