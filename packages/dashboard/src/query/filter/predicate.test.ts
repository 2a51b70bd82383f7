// The two compilers say the same: generated filters over generated rows, asked of the real engine and of
// the predicate.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Batch, Signal } from "@telemetry/otlp";
import { encodeRequest, type Fields } from "../../store/testdata/requests.ts";
import { openTestTables, type TestTables } from "../testdata/test-tables.ts";
import { compilePredicate, compileSql, parseFilter } from "./filter.ts";

const KEYS = [
  "k", "http.route", "a.b", "a", "a.b.c", "sp ace", 'quo"te', "back`tick", "", ".", "a..b", "^a", "@c",
  "k.:`Int64`", "k.:Int64", "ünï", "null", "size0", "1", "__proto__", "x'y", "b\\s", "$", "name", "duration", "a:b", ".x", "x.",
]; // prettier-ignore
const STRINGS = ["5", "x", "X y", "", "true", "é", "É", "a%b_c", "line\nbreak", "[1]", "2020-01-01", "x'\"\\z", "😀", "\uffee"]; // prettier-ignore
const INTEGERS = [
  "5",
  "-1",
  "0",
  "9007199254740993",
  "9223372036854775807",
  "-9223372036854775808",
];
const DOUBLES = [
  5,
  5.5,
  -0.1,
  0,
  1e300,
  9_007_199_254_740_992,
  Number.NaN,
  Number.POSITIVE_INFINITY,
];
const NUMBERS = [...INTEGERS, "5.5", "5.0", "1e300", "18446744073709551615", "1e400", "-0.1", "9007199254740992.0", "340282366920938463463374607431768211456"]; // prettier-ignore

const scalar: fc.Arbitrary<Fields> = fc.oneof(
  fc.constantFrom(...STRINGS).map((stringValue) => ({ stringValue })),
  fc.constantFrom(...INTEGERS).map((intValue) => ({ intValue })),
  fc.constantFrom(...DOUBLES).map((doubleValue) => ({ doubleValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
);
const value: fc.Arbitrary<Fields> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.constant({ bytesValue: new Uint8Array([1, 2, 250]) }) },
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }).map((values) => ({ arrayValue: { values } })) }, // prettier-ignore
  {
    weight: 1,
    arbitrary: fc
      .array(fc.tuple(fc.constantFrom("b", "b.c", "c", ""), scalar), { maxLength: 2 })
      .map((entries) => ({ kvlistValue: { values: keyValues(new Map(entries)) } })),
  },
);

/** Each path once: what ClickHouse keeps of a path that occurs twice is its own affair. */
const attributeSet = fc
  .array(fc.tuple(fc.constantFrom(...KEYS), value), { maxLength: 6 })
  .map((entries) => keyValues(withoutConflicts(entries)));

function withoutConflicts(entries: readonly (readonly [string, Fields])[]): Map<string, Fields> {
  const kept = new Map<string, Fields>();
  for (const [key, held] of entries) {
    const conflicts = [...kept.keys()].some(
      (other) => other === key || other.startsWith(`${key}.`) || key.startsWith(`${other}.`),
    );
    if (!conflicts) kept.set(key, held);
  }
  return kept;
}

function keyValues(values: Map<string, Fields>): Fields[] {
  return [...values].map(([key, value]) => ({ key, value }));
}

const quote = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
const key = fc
  .tuple(fc.constantFrom("", "", "resource.", "attribute."), fc.constantFrom(...KEYS))
  .map(([owner, name]) => owner + quote(name));
const literal = fc.oneof(
  fc.constantFrom(...STRINGS).map(quote),
  fc.constantFrom(...NUMBERS),
  fc.constantFrom("true", "false", "checkout"),
);
const operator = fc.constantFrom("=", "!=", "<", "<=", ">", ">=");
const PATTERNS = ["^x", "\\d", ".", "a.b", "line.break", "(?i)É", "[^a]$", ""];

const attributeCondition = fc.oneof(
  fc
    .tuple(key, operator, literal)
    .filter(([, op, text]) => ["=", "!="].includes(op) || !["true", "false"].includes(text))
    .map((parts) => parts.join(" ")),
  key.map((name) => `exists ${name}`),
  fc.tuple(key, fc.constantFrom(...STRINGS)).map(([name, text]) => `${name} contains ${quote(text)}`), // prettier-ignore
  fc.tuple(key, fc.constantFrom(...PATTERNS)).map(([name, text]) => `${name} ~ ${quote(text)}`),
  fc.tuple(key, literal, literal).map(([name, a, b]) => `${name} in (${a}, ${b})`),
);

function filterOf(conditions: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.letrec<{ filter: string; group: string; not: string }>((tie) => ({
    filter: fc.oneof({ depthSize: "small", withCrossShrink: true }, conditions, tie("group"), tie("not")), // prettier-ignore
    group: fc
      .tuple(tie("filter"), fc.constantFrom("and", "or", ""), tie("filter"))
      .map(([a, join, b]) => `(${a} ${join} ${b})`),
    not: tie("filter").map((inner) => `not (${inner})`),
  })).filter;
}

const spanCondition = fc.oneof(
  attributeCondition,
  fc.constantFrom(
    "duration > 10ms", "duration <= 10ms", "duration = 0ns", "status = error", "status != unset", "kind = server",
    "kind in (client, producer)", "service = checkout", "service.name != checkout", "exists service", "name contains SPAN", "name ~ '1$'",
    "name < 'span 2'", "exists parent", "scope.name = test", "scope = ''", "scope.version ~ '1'", "status.message contains BOOM", "boom", "checkout",
    "trace = 00000000-0000-0000-0000-00000000000A", "span > 'b'", "exists trace", "resource.service.name = checkout", "exists scope.version",
  ),
); // prettier-ignore
const logCondition = fc.oneof(
  attributeCondition,
  fc.constantFrom(
    "severity = error", "severity >= warn", "severity > warn", "severity < info", "severity <= info", "severity = 9", "severity != 0",
    "level = warning", "body contains hello", "HELLO", "body ~ 'l{2}'", "body = 'hello world'", "event = started", "exists event", "exists trace",
    "trace_id = ''", "exists span", "severity.text = WARN", "message < 'i'", '"5.0"', "'9007199254740993'", "'\"a\"'", "null", "AQL6",
  ),
); // prettier-ignore
const metricCondition = fc.oneof(
  attributeCondition,
  fc.constantFrom("name = requests", "name contains REQ", "unit = s", "description ~ 'of'", "requests", "service = cart", "scope = test"), // prettier-ignore
);

const resource = fc
  .tuple(fc.constantFrom("checkout", "cart", ""), attributeSet)
  .map(([service, attributes]) => ({
    attributes: [
      ...(service === "" ? [] : [{ key: "service.name", value: { stringValue: service } }]),
      ...attributes,
    ],
  }));
const scope = fc.constantFrom({ name: "test", version: "1.0" }, { name: "" }, { name: "other" });

const NOW_NS = BigInt(Date.now()) * 1_000_000n;
const id = (index: number, bytes: number) =>
  Buffer.from(index.toString(16).padStart(bytes * 2, "0"), "hex");

const span = fc.record({
  attributes: attributeSet,
  name: fc.constantFrom("span 1", "span 2", "GET /"),
  kind: fc.integer({ min: 0, max: 5 }),
  status: fc.record({
    code: fc.integer({ min: 0, max: 2 }),
    message: fc.constantFrom("", "Boom!"),
  }),
  startTimeUnixNano: fc.constant(String(NOW_NS)),
  endTimeUnixNano: fc.constantFrom(String(NOW_NS), String(NOW_NS + 10_000_000n), String(NOW_NS + 10_000_001n), String(NOW_NS - 1n), "0"), // prettier-ignore
  parentSpanId: fc.constantFrom(id(7, 8), new Uint8Array()),
});
const log = fc.record({
  attributes: attributeSet,
  severityNumber: fc.constantFrom(0, 1, 4, 5, 9, 12, 13, 16, 17, 20, 21, 24),
  severityText: fc.constantFrom("", "WARN"),
  eventName: fc.constantFrom("", "started"),
  body: fc.oneof(fc.constantFrom({ stringValue: "hello world" }, { stringValue: "" }), value),
  traceId: fc.constantFrom(id(7, 16), new Uint8Array()),
  spanId: fc.constantFrom(id(7, 8), new Uint8Array()),
});
const point = fc.record({ attributes: attributeSet, asDouble: fc.constant(1) });

const spans = fc.array(fc.record({ resource, scope, spans: fc.array(span, { minLength: 1, maxLength: 4 }) }), { minLength: 40, maxLength: 40 }); // prettier-ignore
const logs = fc.array(fc.record({ resource, scope, logs: fc.array(log, { minLength: 1, maxLength: 4 }) }), { minLength: 40, maxLength: 40 }); // prettier-ignore
const points = fc.array(fc.record({ resource, scope, points: fc.array(point, { minLength: 1, maxLength: 4 }) }), { minLength: 20, maxLength: 20 }); // prettier-ignore

/** More paths than a part has columns for: the keys of the rows after it lie in ClickHouse's shared data. */
const FILLERS = keyValues(
  new Map(Array.from({ length: 70 }, (_, index) => [`filler${index}`, { intValue: index }])),
);

/** Row numbers are in the times, so that both sides can name the rows that pass. */
const timeOf = (row: number) => String(NOW_NS + BigInt(row));

describe("a filter says the same of stored rows and of live ones", () => {
  let tables: TestTables;
  beforeAll(async () => {
    tables = await openTestTables();
  }, 60_000);
  afterAll(() => tables.close());

  async function compare(
    signal: Signal,
    table: string,
    timeColumn: string,
    request: Fields,
    condition: fc.Arbitrary<string>,
  ): Promise<void> {
    const batch = await tables.insert(signal, "protobuf", encodeRequest(signal, request));
    expect(batch.rejected.count).toBe(0);
    const passing = { some: 0 };

    await fc.assert(
      fc.asyncProperty(filterOf(condition), async (text) => {
        const filter = parseFilter(text);
        const { sql, params } = compileSql(filter, signal);
        const answer = await tables.client.query({
          query: `SELECT toUnixTimestamp64Nano(${timeColumn}) - {base:Int64} AS row FROM ${table} WHERE ${sql} ORDER BY row`,
          query_params: { ...params, base: String(NOW_NS) },
          format: "JSONEachRow",
          clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
        });
        const stored = (await answer.json<{ row: number }>()).map(({ row }) => row);

        const passes = compilePredicate(filter, signal);
        expect(rowsOf(batch).filter((row) => passes(batch, row))).toEqual(stored);
        if (stored.length > 0 && stored.length < batch.rowCount) passing.some++;
      }),
      { numRuns: 150 },
    );
    expect(passing.some).toBeGreaterThan(20);
  }

  test("spans", async () => {
    const [sample] = fc.sample(spans, { numRuns: 1, seed: 42 });
    let row = 0;
    const resourceSpans = sample?.map(({ resource, scope, spans }) => ({
      resource,
      scopeSpans: [
        {
          scope,
          spans: spans.map((span) => {
            const startNs = BigInt(timeOf(row));
            const shiftNs = BigInt(span.endTimeUnixNano) - NOW_NS;
            const endTimeUnixNano = span.endTimeUnixNano === "0" ? "0" : String(startNs + shiftNs);
            if (row++ === 0) span.attributes = FILLERS;
            return { ...span, startTimeUnixNano: String(startNs), endTimeUnixNano, traceId: id(row, 16), spanId: id(row, 8) }; // prettier-ignore
          }),
        },
      ],
    }));
    await compare("traces", "otel_traces", "Timestamp", { resourceSpans }, spanCondition);
  }, 60_000);

  test("log records", async () => {
    const [sample] = fc.sample(logs, { numRuns: 1, seed: 43 });
    let row = 0;
    const resourceLogs = sample?.map(({ resource, scope, logs }) => ({
      resource,
      scopeLogs: [{ scope, logRecords: logs.map((log) => ({ ...log, timeUnixNano: timeOf(row++) })) }], // prettier-ignore
    }));
    await compare("logs", "otel_logs", "Timestamp", { resourceLogs }, logCondition);
  }, 60_000);

  test("metric points", async () => {
    const [sample] = fc.sample(points, { numRuns: 1, seed: 44 });
    let row = 0;
    const resourceMetrics = sample?.map(({ resource, scope, points }, index) => ({
      resource,
      scopeMetrics: [
        {
          scope,
          metrics: [
            {
              name: index % 2 === 0 ? "requests" : "waiting",
              unit: "s",
              description: "number of requests",
              gauge: {
                dataPoints: points.map((point) => ({ ...point, timeUnixNano: timeOf(row++) })),
              },
            },
          ],
        },
      ],
    }));
    await compare(
      "metrics",
      "otel_metrics_gauge",
      "TimeUnix",
      { resourceMetrics },
      metricCondition,
    );
  }, 60_000);
});

function rowsOf(batch: Batch): number[] {
  return Array.from({ length: batch.rowCount }, (_, row) => row);
}
