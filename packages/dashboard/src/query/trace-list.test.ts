import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TraceSummary } from "../contract/contract.ts";
import { attributesOf, encodeRequest, type Fields } from "../store/testdata/requests.ts";
import { parseFilter } from "./filter/filter.ts";
import { openQuery, type Query, type TraceOrder } from "./query.ts";
import { openTestTables, type TestTables } from "./testdata/test-tables.ts";

/** A round minute in the past; all spans lie after it. */
const BASE_NS = 1_750_000_020_000_000_000n;
const SECOND_NS = 1_000_000_000n;
const MINUTE_NS = 60n * SECOND_NS;

/** Every trace is one root and, for some, a late child in another service. */
interface Made {
  readonly traceId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly hasChild: boolean;
  readonly isError: boolean;
}

const made: Made[] = Array.from({ length: 120 }, (_, index) => {
  const startNs = BASE_NS + BigInt(index) * 7n * SECOND_NS + BigInt((index * 7919) % 1_000);
  const hasChild = index % 10 === 0;
  return {
    // Ids are in no order of time.
    traceId: ((index * 7919) % 1_000).toString(16).padStart(32, "c"),
    startNs,
    endNs: hasChild
      ? startNs + 5n * MINUTE_NS + SECOND_NS
      : startNs + BigInt((index * 31) % 50) * 1_000_000n,
    hasChild,
    isError: index % 9 === 0,
  };
});

function requestOf({ traceId, startNs, endNs, hasChild, isError }: Made): Fields {
  const spanId = traceId.slice(16);
  const root = {
    traceId: Buffer.from(traceId, "hex"),
    spanId: Buffer.from(spanId, "hex"),
    name: "root",
    kind: 2,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(hasChild ? startNs : endNs),
    status: isError ? { code: 2 } : {},
    attributes: attributesOf({ tenant: traceId.endsWith("0") ? "zero" : "other" }),
  };
  const child = {
    ...root,
    spanId: Buffer.from(`d${spanId.slice(1)}`, "hex"),
    parentSpanId: root.spanId,
    name: "late child",
    kind: 1,
    status: {},
    startTimeUnixNano: String(endNs - SECOND_NS),
    endTimeUnixNano: String(endNs),
  };
  const resourceOf = (service: string) => ({
    attributes: attributesOf({ "service.name": service }),
  });
  return {
    resourceSpans: [
      { resource: resourceOf("front"), scopeSpans: [{ spans: [root] }] },
      ...(hasChild ? [{ resource: resourceOf("back"), scopeSpans: [{ spans: [child] }] }] : []),
    ],
  };
}

const byStart = made.toSorted((a, b) => Number(b.startNs - a.startNs));
const ALL = { fromNs: BASE_NS, toNs: BASE_NS + 60n * MINUTE_NS };

describe("listTraces", () => {
  let tables: TestTables;
  let query: Query;
  beforeAll(async () => {
    tables = await openTestTables();
    query = openQuery({ client: tables.client });
    const resourceSpans = made.flatMap((trace) => requestOf(trace).resourceSpans as Fields[]);
    await tables.insert("traces", "protobuf", encodeRequest("traces", { resourceSpans }));
  }, 60_000);
  afterAll(() => tables.close());

  async function pages(
    filter: string,
    options: { limit: number; order?: TraceOrder; range?: typeof ALL },
  ): Promise<TraceSummary[][]> {
    const { limit, order = "time", range = ALL } = options;
    const found: TraceSummary[][] = [];
    let cursor: string | undefined;
    do {
      const question = { filter: parseFilter(filter), range, order, limit, cursor };
      const { traces, nextCursor } = await query.traces(question);
      found.push(traces);
      cursor = nextCursor;
    } while (cursor !== undefined && found.length < 200);
    return found;
  }

  const idsOf = (list: readonly { traceId: string }[]) => list.map(({ traceId }) => traceId);

  test("has the whole of a trace, also of one that spans many minutes", async () => {
    const [page] = await pages("", { limit: 200 });
    const oldest = byStart.at(-1) as Made;

    expect(page?.at(-1)).toEqual({
      traceId: oldest.traceId,
      rootName: "root",
      rootService: "front",
      services: ["back", "front"],
      spanCount: 2,
      errorCount: 1,
      startTimeUnixNano: String(oldest.startNs),
      durationNano: String(oldest.endNs - oldest.startNs),
    });
  });

  test.each([1, 7, 50, 120, 200])(
    "pages of %i are newest first, without gap or repeat",
    async (limit) => {
      const found = await pages("", { limit });

      expect(idsOf(found.flat())).toEqual(idsOf(byStart));
      expect(found.length).toBe(Math.ceil(120 / limit));
    },
  );

  test("a range has the traces with anything in it, and shows them whole", async () => {
    // Only the late children of the first traces are in here besides the traces that start here.
    const range = { fromNs: BASE_NS + 6n * MINUTE_NS, toNs: BASE_NS + 7n * MINUTE_NS };
    const expected = made.filter(({ startNs, endNs, hasChild }) => {
      const partStart = hasChild ? endNs - SECOND_NS : startNs;
      const overlaps = (from: bigint, to: bigint) => to >= range.fromNs && from < range.toNs;
      return overlaps(partStart, endNs) || (hasChild && overlaps(startNs, startNs));
    });
    const found = await pages("", { limit: 3, range });

    expect(idsOf(found.flat()).toSorted()).toEqual(idsOf(expected).toSorted());
    const late = found.flat().find(({ services }) => services.length === 2);
    expect(BigInt(late?.startTimeUnixNano ?? 0)).toBeLessThan(range.fromNs);
  });

  test.each([
    ["tenant = zero", ({ traceId }: Made) => traceId.endsWith("0")],
    ["service = back", ({ hasChild }: Made) => hasChild],
    [
      "status = error and tenant = zero",
      (made: Made) => made.isError && made.traceId.endsWith("0"),
    ],
    // One span has the error, another one the service: no span has both.
    ["status = error and service = back", () => false],
  ])("%s", async (filter, matches) => {
    const found = await pages(filter, { limit: 5 });

    expect(idsOf(found.flat())).toEqual(idsOf(byStart.filter(matches)));
  });

  test("longest first", async () => {
    const expected = made.toSorted((a, b) => {
      const distance = Number(b.endNs - b.startNs - (a.endNs - a.startNs));
      return distance === 0 ? (a.traceId < b.traceId ? 1 : -1) : distance;
    });
    const found = await pages("", { limit: 11, order: "duration" });

    expect(idsOf(found.flat())).toEqual(idsOf(expected));
  });

  test("refuses a cursor of another list", async () => {
    const cursorOf = async (order: TraceOrder) => {
      const question = { filter: parseFilter(""), range: ALL, order, limit: 1 };
      return (await query.traces(question)).nextCursor as string;
    };
    const question = { filter: parseFilter(""), range: ALL, order: "time" as const, limit: 1 };
    for (const cursor of [await cursorOf("duration"), "x", "", "W10"]) {
      await expect(query.traces({ ...question, cursor })).rejects.toThrow("Cannot use cursor");
    }
  });

  test("is empty where nothing is", async () => {
    expect(await pages("", { limit: 5, range: { fromNs: 0n, toNs: 1n } })).toEqual([[]]);
  });
});
