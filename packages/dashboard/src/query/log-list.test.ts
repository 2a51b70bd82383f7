import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogRecord } from "../contract/contract.ts";
import {
  attributesOf,
  encodeRequest,
  logRequest,
  type Fields,
} from "../store/testdata/requests.ts";
import { parseFilter } from "./filter/filter.ts";
import { openQuery, type LogQuestion, type Query } from "./query.ts";
import { openTestTables, type TestTables } from "./testdata/test-tables.ts";

const BASE_NS = 1_750_000_000_000_000_000n;
const MINUTE_NS = 60_000_000_000n;
const TRACE = "ab".repeat(16);

/** Over two hours; every tenth shares its nanosecond with the nine after it. */
const records = Array.from({ length: 200 }, (_, index) => ({
  index,
  timeNs: BASE_NS + BigInt(Math.floor(index / 10)) * 6n * MINUTE_NS,
  service: ["front", "back"][index % 2] as string,
}));

function recordOf({ index, timeNs }: (typeof records)[number]): Fields {
  return {
    timeUnixNano: String(timeNs),
    severityNumber: index % 5 === 0 ? 17 : 9,
    // Some are equal in everything.
    body: { stringValue: `message ${index % 10 < 4 ? "same" : index}` },
    ...(index < 3 ? { traceId: Buffer.from(TRACE, "hex") } : {}),
  };
}

describe("listLogs", () => {
  let tables: TestTables;
  let query: Query;
  beforeAll(async () => {
    tables = await openTestTables();
    query = openQuery({ client: tables.client });
    for (const service of ["front", "back"]) {
      const own = records.filter((record) => record.service === service).map(recordOf);
      const resource = { attributes: attributesOf({ "service.name": service }) };
      await tables.insert("logs", "protobuf", encodeRequest("logs", logRequest(own, resource)));
    }
  }, 60_000);
  afterAll(() => tables.close());

  async function pages(options: Partial<LogQuestion> & { where?: string }): Promise<LogRecord[][]> {
    const { where = "", ...rest } = options;
    const found: LogRecord[][] = [];
    let cursor: string | undefined;
    do {
      const answer = await query.logs({
        filter: parseFilter(where),
        range: { fromNs: BASE_NS, toNs: BASE_NS + 200n * MINUTE_NS },
        limit: 50,
        ...rest,
        cursor,
      });
      found.push(answer.logs);
      cursor = answer.nextCursor;
    } while (cursor !== undefined && found.length < 300);
    return found;
  }

  const countByText = (logs: readonly LogRecord[]) => {
    const counts: Record<string, number> = {};
    for (const { timeUnixNano, service, body } of logs) {
      const key = `${timeUnixNano} ${service} ${String(body)}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  };

  test.each([1, 3, 7, 50, 200, 500])(
    "pages of %i have every record once, newest first",
    async (limit) => {
      const found = await pages({ limit });
      const [all = []] = await pages({ limit: 1_000 });
      const times = found.flat().map(({ timeUnixNano }) => BigInt(timeUnixNano));

      expect(all).toHaveLength(200);
      expect(countByText(found.flat())).toEqual(countByText(all));
      expect(times).toEqual(times.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
      expect(found).toHaveLength(Math.ceil(200 / limit));
    },
    30_000,
  );

  test("a filter holds on every page", async () => {
    const found = (await pages({ where: "severity >= error and service = back", limit: 4 })).flat();

    expect(found).toHaveLength(20);
    expect(
      new Set(found.map(({ severityNumber, service }) => `${severityNumber} ${service}`)),
    ).toEqual(new Set(["17 back"]));
  });

  test("a range has its start and not its end", async () => {
    const range = { fromNs: BASE_NS + 6n * MINUTE_NS, toNs: BASE_NS + 12n * MINUTE_NS };

    const found = (await pages({ range })).flat();

    expect(found).toHaveLength(10);
    expect(new Set(found.map(({ timeUnixNano }) => timeUnixNano))).toEqual(
      new Set([String(range.fromNs)]),
    );
  });

  test("the records of a trace", async () => {
    expect((await pages({ traceId: TRACE })).flat()).toHaveLength(3);
    expect((await pages({ traceId: "cd".repeat(16) })).flat()).toEqual([]);
  });

  test("refuses a cursor that is none of ours", async () => {
    const question = { filter: parseFilter(""), range: { fromNs: 0n, toNs: 1n }, limit: 1 };

    await expect(query.logs({ ...question, cursor: "bm90IG91cnM" })).rejects.toThrow(
      "Cannot use cursor",
    );
  });
});
