import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  attributesOf,
  encodeRequest,
  intValue,
  logRequest,
  metricRequest,
  nanosecondsAt,
  spanOf,
  traceRequest,
} from "../store/testdata/requests.ts";
import { parseFilter } from "./filter/filter.ts";
import { openQuery, parseTimeRange, type Query } from "./query.ts";
import { openTestTables, type TestTables } from "./testdata/test-tables.ts";

describe("facets", () => {
  let tables: TestTables;
  let query: Query;
  beforeAll(async () => {
    tables = await openTestTables();
    query = openQuery({ client: tables.client });
    const spans = Array.from({ length: 10 }, (_, index) =>
      spanOf(index + 1, {
        kind: index < 7 ? 2 : 3,
        attributes: attributesOf({
          route: index < 6 ? "/pay" : "/cart",
          code: index === 0 ? "200" : intValue(200),
          ...(index < 2 ? { cached: true, 'odd "key"': "odd" } : {}),
        }),
      }),
    );
    const logs = [
      { timeUnixNano: nanosecondsAt(Date.now()), severityNumber: 9, body: { stringValue: "x" } },
    ];
    const point = {
      timeUnixNano: nanosecondsAt(Date.now()),
      asInt: 1,
      attributes: attributesOf({ room: "hall" }),
    };
    await tables.insert("traces", "protobuf", encodeRequest("traces", traceRequest(spans)));
    await tables.insert("logs", "protobuf", encodeRequest("logs", logRequest(logs)));
    await tables.insert("metrics", "protobuf", encodeRequest("metrics", metricRequest([{ name: "m", gauge: { dataPoints: [point] } }]))); // prettier-ignore
  }, 60_000);
  afterAll(() => tables.close());

  const question = (signal: "traces" | "logs" | "metrics" = "traces", filter = "", limit = 50) => ({
    signal,
    filter: parseFilter(filter),
    range: parseTimeRange("-1h"),
    limit,
  });

  test("counts keys, of rows and of resources", async () => {
    expect(await query.keys(question())).toEqual({
      keys: [
        { key: "code", count: 10 },
        { key: "resource.host.name", count: 10 },
        { key: "resource.service.name", count: 10 },
        { key: "route", count: 10 },
        { key: "cached", count: 2 },
        { key: 'odd "key"', count: 2 },
      ],
      sampledRows: 10,
    });
    expect((await query.keys(question("traces", "route = /cart", 1))).keys).toEqual([
      { key: "code", count: 4 },
    ]);
  });

  test.each([
    [
      "route",
      [
        ["/pay", "string", 6],
        ["/cart", "string", 4],
      ],
    ],
    [
      "code",
      [
        ["200", "number", 9],
        ["200", "string", 1],
      ],
    ],
    ["cached", [["true", "boolean", 2]]],
    [
      "kind",
      [
        ["Server", "string", 7],
        ["Client", "string", 3],
      ],
    ],
    ["service", [["checkout", "string", 10]]],
    ["host.name", [["h1", "string", 10]]],
    ["resource.host.name", [["h1", "string", 10]]],
    ['odd "key"', [["odd", "string", 2]]],
    ["absent", []],
  ])("counts the values of %s", async (key, expected) => {
    const { values, sampledRows } = await query.values(key, question());

    expect(values.map(({ value, type, count }) => [value, type, count])).toEqual(expected);
    expect(sampledRows).toBe(10);
  });

  test("knows logs and all kinds of metrics", async () => {
    expect(await query.values("severity", question("logs"))).toEqual({
      values: [{ value: "9", type: "number", count: 1 }],
      sampledRows: 1,
    });
    expect((await query.keys(question("metrics", "name = m"))).keys).toContainEqual({
      key: "room",
      count: 1,
    });
  });

  test("every value it names can be filtered by", async () => {
    for (const key of ["route", "code", "cached", "kind", "service"]) {
      const { values } = await query.values(key, question());
      for (const { value, type, count } of values) {
        const literal = type === "string" ? `"${value}"` : value;
        const rows = await query.values("service", question("traces", `${key} = ${literal}`));
        expect(rows.sampledRows).toBe(count);
      }
    }
  });
});
