// Both forms of a JSON column, held against each other in the real engine.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { decodeRequest } from "@telemetry/otlp";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClickHouseClient, Engine } from "../../../engine/engine.ts";
import { openClient, openEngine } from "../../../engine/engine.ts";
import { column, type Table } from "../../tables/table.ts";
import { encodeRequest, spanOf, traceRequest, type Fields } from "../../testdata/requests.ts";
import { Block } from "../block.ts";
import { openJsonColumn } from "./json.ts";
import { PathSurvey } from "./path-survey.ts";

const TYPE = "JSON(max_dynamic_paths=4)";
const table: Table = {
  name: "forms",
  comment: "",
  engine: "MergeTree",
  orderBy: "Row",
  columns: [column("Row", "UInt32", ""), column("J", TYPE, "")],
  indexes: [],
};

let directory: string;
let engine: Engine;
let client: ClickHouseClient;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-json-"));
  engine = await openEngine({ dataDirectory: directory });
  await engine.whenReady();
  client = openClient(engine.endpoint);
});

afterAll(async () => {
  await client.close();
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Sets as a block, each for so many rows, and whether the column said that it holds them exactly. */
function encode(sets: readonly Fields[][], form: "paths" | "text", times = 1) {
  const spans = sets.map((attributes, index) => spanOf(index + 1, { attributes }));
  const request = encodeRequest("traces", traceRequest(spans));
  const batch = decodeRequest("traces", "protobuf", request);
  const rangeOf = (row: number) =>
    [batch.spans.attributes[row] ?? 0, batch.spans.attributes[row + 1] ?? 0] as const;
  const survey = form === "paths" ? new PathSurvey() : undefined;
  for (const row of sets.keys()) survey?.appendSet(batch, ...rangeOf(row), times);
  const block = new Block(table, ({ type }) => openJsonColumn(type, survey));
  const exact = sets.map((_, row) => {
    const [start, end] = rangeOf(row);
    for (let time = 0; time < times; time++) block.words("Row").append(row * times + time);
    return block.json("J").appendSet(batch, start, end, times);
  });
  return { block, exact };
}

/** What ClickHouse has of a block: per row the paths with types, and the values. */
async function stored(block: Block): Promise<unknown[]> {
  await client.command({ query: "DROP TABLE IF EXISTS forms" });
  await client.command({
    query: `CREATE TABLE forms (Row UInt32, J ${TYPE}) ENGINE = MergeTree ORDER BY Row`,
  });
  const { stream } = await client.exec({
    query: "INSERT INTO forms (Row, J) FORMAT Native",
    values: Readable.from(block.take(), { objectMode: false }),
    clickhouse_settings: {
      type_json_skip_duplicated_paths: 1,
      input_format_try_infer_dates: 0,
      input_format_try_infer_datetimes: 0,
    },
  });
  await stream.resume().toArray();
  const answer = await client.query({
    query: `SELECT Row, JSONAllPathsWithTypes(J) AS types, JSONAllValues(J) AS values,
      toString(J) AS text FROM forms ORDER BY Row`,
    format: "JSONEachRow",
  });
  return await answer.json();
}

const scalar: fc.Arbitrary<Fields> = fc.oneof(
  fc
    .constantFrom("", "x", "5", "2024-01-01", "é😀", 'q"\\\n', "y".repeat(200))
    .map((stringValue) => ({ stringValue })),
  fc
    .constantFrom("0", "-1", "9007199254740993", "-9223372036854775808")
    .map((intValue) => ({ intValue })),
  fc.constantFrom(0, 1, -0.5, 1e300, NaN, -Infinity).map((doubleValue) => ({ doubleValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
);
/** Without doubles: the parser makes doubles of integer arrays once the column has an array of doubles. */
const oneTyped = fc.oneof(
  fc.array(fc.constantFrom("a", "", "é").map((stringValue) => ({ stringValue })), { minLength: 1, maxLength: 3 }),
  fc.array(fc.constantFrom("1", "-2").map((intValue) => ({ intValue })), { minLength: 1, maxLength: 3 }),
  fc.array(fc.boolean().map((boolValue) => ({ boolValue })), { minLength: 1, maxLength: 3 }),
); // prettier-ignore
const value: fc.Arbitrary<Fields> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: oneTyped.map((values) => ({ arrayValue: { values } })) },
  { weight: 1, arbitrary: fc.constant({ bytesValue: new Uint8Array([1, 2, 250]) }) },
  { weight: 1, arbitrary: fc.constant({}) },
);
const KEYS = ["a", "a.b", "a.b.c", "b", "", ".", "x.", "http.route", "é", 'q"', "k1", "k2", "k3"];
const sets = fc.array(
  fc.array(fc.record({ key: fc.constantFrom(...KEYS), value }), { maxLength: 8 }),
  { minLength: 1, maxLength: 12 },
);

describe("a JSON column", () => {
  test("as paths is stored as its text would be, and says the same of what it lost", async () => {
    await fc.assert(
      fc.asyncProperty(sets, fc.constantFrom(1, 3), async (generated, times) => {
        const paths = encode(generated, "paths", times);
        const text = encode(generated, "text", times);
        expect(paths.block.isUnfit).toBe(false);
        expect(paths.exact).toEqual(text.exact);
        const [fromPaths, fromText] = [await stored(paths.block), await stored(text.block)];
        expect(fromPaths).toEqual(fromText);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test.each<[string, Fields]>([
    ["a map", { kvlistValue: { values: [{ key: "b", value: { intValue: "1" } }] } }],
    ["an empty array", { arrayValue: { values: [] } }],
    ["a mixed array", { arrayValue: { values: [{ intValue: "1" }, { stringValue: "x" }] } }],
    ["an array of arrays", { arrayValue: { values: [{ arrayValue: { values: [] } }] } }],
    ["an array with NaN", { arrayValue: { values: [{ doubleValue: NaN }] } }],
  ])("as paths does not fit %s", (_, value) => {
    expect(encode([[{ key: "a", value }]], "paths").block.isUnfit).toBe(true);
    const among = ["k1", "k2", "k3", "k4", "k5"].map((key) => ({
      key,
      value: { boolValue: true },
    }));
    expect(encode([[...among, { key: "a", value }]], "paths").block.isUnfit).toBe(true);
    expect(encode([[{ key: "a", value }]], "text").block.isUnfit).toBe(false);
  });

  test("gives columns to the paths that many rows have, whichever came first", async () => {
    const oneOf = (key: string) => ({ key, value: { stringValue: "x" } });
    const common = ["k1", "k2", "k3"].map(oneOf);
    const rows = Array.from({ length: 400 }, (_, row) =>
      row < 3 ? [oneOf(`tenant.${row}`), oneOf(`tenant.${row + 500}`)] : common,
    );
    await stored(encode(rows, "paths").block);
    const answer = await client.query({
      query: "SELECT arraySort(groupUniqArrayArray(JSONDynamicPaths(J))) AS paths FROM forms",
      format: "JSONEachRow",
    });
    expect(await answer.json()).toEqual([{ paths: ["k1", "k2", "k3"] }]);
  });

  test("as paths keeps arrays of integers and of doubles apart", async () => {
    const arrays = [{ doubleValue: 1 }, { intValue: "1" }].map((element) => [
      { key: "a", value: { arrayValue: { values: [element] } } },
    ]);
    const rows = await stored(encode(arrays, "paths").block);
    expect(rows).toMatchObject([
      { types: { a: "Array(Nullable(Float64))" } },
      { types: { a: "Array(Nullable(Int64))" } },
    ]);
  });
});
