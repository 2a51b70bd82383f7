import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openJournal } from "../spool/spool.ts";
import { openTestStore, type TestStore } from "./testdata/open-test-store.ts";
import type { Fields } from "./testdata/requests.ts";
import {
  attributesOf,
  doubleValue,
  intValue,
  logRequest,
  metricRequest,
  nanosecondsAt,
  spanOf,
  traceRequest,
} from "./testdata/requests.ts";

let test1: TestStore;

beforeAll(async () => {
  test1 = await openTestStore();
  await test1.engine.whenReady();
});

afterAll(() => test1.close());

/** Spans of a test of its own: numbers never used before, and a service to find them by. */
let nextSpan = 1;
function spansOf(count: number, fields: Fields = {}): Fields[] {
  return Array.from({ length: count }, () => spanOf(nextSpan++, fields));
}

function resourceOf(service: string): Fields {
  return { attributes: attributesOf({ "service.name": service }) };
}

const countOf = (service: string, table = "otel_traces") =>
  test1.count(`${table} WHERE ServiceName = '${service}'`);

describe("Store", () => {
  test("makes a span queryable within 200 ms of its hand-over, when nothing else comes", async () => {
    await test1.send("traces", traceRequest(spansOf(1), resourceOf("warm")));
    await test1.store.drained();
    await vi.waitFor(() => expect(test1.store.status().state).toBe("ok"));
    await new Promise((resolve) => setTimeout(resolve, 600)); // the cadence: what comes now is the first again

    const latenciesMs: number[] = [];
    for (let round = 0; round < 3; round++) {
      const start = performance.now();
      await test1.send("traces", traceRequest(spansOf(1), resourceOf(`first ${round}`)));
      await vi.waitFor(async () => expect(await countOf(`first ${round}`)).toBe(1), {
        interval: 5,
      });
      latenciesMs.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 600));
    }
    expect(Math.min(...latenciesMs)).toBeLessThan(200);
  });

  test("gives columns to the keys that many spans have, beside a sender that puts ids into its keys", async () => {
    const keysOf = (name: (index: number) => string) =>
      Object.fromEntries(Array.from({ length: 10 }, (_, index) => [name(index), "x"]));
    const unique = spansOf(40).map((span, row) => ({
      ...span,
      attributes: attributesOf(keysOf((index) => `tenant.${row * 10 + index}`)),
    }));
    const common = spansOf(5_000, { attributes: attributesOf(keysOf((index) => `key${index}`)) });
    await test1.send("traces", traceRequest([...unique, ...common], resourceOf("keys")));
    await test1.store.drained();

    const rows = await test1.rows(
      "SELECT arraySort(groupUniqArrayArray(JSONDynamicPaths(SpanAttributes))) AS columns, uniqArray(JSONAllPaths(SpanAttributes)) AS keys FROM otel_traces WHERE ServiceName = 'keys'",
    );
    expect(rows).toEqual([{ columns: Object.keys(keysOf((index) => `key${index}`)), keys: "410" }]);
  });

  test("stores all three signals, and the side tables follow", async () => {
    const timeUnixNano = nanosecondsAt(Date.now());
    await test1.send(
      "traces",
      traceRequest(spansOf(3, { status: { code: 2 } }), resourceOf("three")),
    );
    await test1.send(
      "logs",
      logRequest([{ timeUnixNano, body: { stringValue: "hi" } }], resourceOf("three")),
    );
    await test1.send(
      "metrics",
      metricRequest(
        [
          {
            name: "m",
            unit: "s",
            sum: {
              isMonotonic: true,
              dataPoints: [{ timeUnixNano, asInt: 4, attributes: attributesOf({ k: "v" }) }],
            },
          },
        ],
        resourceOf("three"),
      ),
    );
    await test1.store.drained();
    expect(await countOf("three")).toBe(3);
    expect(await countOf("three", "otel_logs")).toBe(1);
    expect(await countOf("three", "otel_metrics_sum")).toBe(1);
    expect(
      await test1.rows(
        `SELECT sum(SpanCount) AS spans, sum(EntryErrorCount) AS errors,
          quantilesTDigestWeightedIfMerge(0.5, 0.95, 0.99)(EntryDuration)[1] AS p50
        FROM telemetry_service_minute WHERE ServiceName = 'three'`,
      ),
    ).toEqual([{ spans: "3", errors: 3, p50: 5_000_000 }]);
    expect(
      await test1.rows(
        `SELECT sum(SpanCount) AS spans, sum(ErrorCount) AS errors, min(Root).Service AS root
        FROM telemetry_trace_summary WHERE has(Services, 'three') GROUP BY TraceId LIMIT 1`,
      ),
    ).toEqual([{ spans: "1", errors: "1", root: "three" }]);
    expect(
      await test1.rows(
        `SELECT MetricName, Kind, MetricUnit, IsMonotonic, groupUniqArrayArray(AttributeKeys) AS keys
        FROM telemetry_metric_hour WHERE ServiceName = 'three' GROUP BY ALL`,
      ),
    ).toEqual([{ MetricName: "m", Kind: "sum", MetricUnit: "s", IsMonotonic: true, keys: ["k"] }]);
  });

  test("keeps what JSON would change: error beside error.type, 2^53+1, 1.0 and 1, date-like strings", async () => {
    const attributes = attributesOf({
      error: true,
      "error.type": "x",
      big: intValue("9007199254740993"),
      one: intValue(1),
      "one.point": doubleValue(1),
      date: "2024-01-01 00:00:00",
    });
    await test1.send("traces", traceRequest(spansOf(1, { attributes }), resourceOf("exact")));
    await test1.store.drained();
    const [row] = await test1.rows<{ paths: object; exact: string }>(
      `SELECT JSONAllPathsWithTypes(SpanAttributes) AS paths, SpanAttributesExact AS exact
      FROM otel_traces WHERE ServiceName = 'exact'`,
    );
    expect(row?.paths).toEqual({
      big: "Int64",
      date: "String",
      error: "Bool",
      "error.type": "String",
      one: "Int64",
      "one.point": "Float64",
    });
    expect(JSON.parse(row?.exact ?? "")).toEqual([
      { key: "error", value: { boolValue: true } },
      { key: "error.type", value: { stringValue: "x" } },
      { key: "big", value: { intValue: "9007199254740993" } },
      { key: "one", value: { intValue: "1" } },
      { key: "one.point", value: { doubleValue: 1 } },
      { key: "date", value: { stringValue: "2024-01-01 00:00:00" } },
    ]);
  });

  test("stores what was left in the spool because too much waited in memory", async () => {
    await test1.store.close();
    test1.reopen({ waitingBytesMax: 0 });
    for (let round = 0; round < 5; round++) {
      await test1.send("traces", traceRequest(spansOf(10), resourceOf("spilled")));
    }
    await test1.store.drained();
    expect(await countOf("spilled")).toBe(50);
    expect(test1.store.status().counters["requests_left_in_spool"]).toBe(5);
  });

  test("leaves what comes behind such a request in the spool too, until that is read", async () => {
    await test1.store.close();
    test1.reopen({ waitingBytesMax: 128 * 1_024 });
    const send = (count: number) =>
      test1.send("traces", traceRequest(spansOf(count), resourceOf("behind")));
    const leftInSpool = () => test1.store.status().counters["requests_left_in_spool"];
    await send(10);
    await test1.store.drained();
    process.kill(test1.engine.pid!, "SIGSTOP"); // so that nothing is stored meanwhile
    try {
      await send(10);
      expect(leftInSpool() ?? 0).toBe(0);
      await send(2_000);
      await send(10);
      expect(leftInSpool()).toBe(2);
    } finally {
      process.kill(test1.engine.pid!, "SIGCONT");
    }
    await test1.store.drained();
    await send(10);
    await test1.store.drained();
    expect(leftInSpool()).toBe(2);
    expect(await countOf("behind")).toBe(2_040);
  });

  test("stores at the next start what waited when it was closed", async () => {
    await test1.store.close();
    await test1.append("traces", traceRequest(spansOf(4), resourceOf("waited")));
    test1.reopen();
    await test1.store.drained();
    expect(await countOf("waited")).toBe(4);
  });
});

describe("The store's thread", () => {
  test("is started again when it fails, and stores what came meanwhile", async () => {
    await test1.store.close();
    const quarantineDirectory = join(test1.directory, "blocked");
    writeFileSync(quarantineDirectory, "a file where the folder should be");
    const store = test1.reopen({ quarantineDirectory });
    await vi.waitFor(() => expect(store.status().state).toBe("degraded"), { timeout: 5_000 });
    expect(store.status().message).toContain("The store's thread failed and starts again: EEXIST");
    await test1.send("traces", traceRequest(spansOf(3), resourceOf("meanwhile")));

    rmSync(quarantineDirectory);
    await store.drained();
    expect(await countOf("meanwhile")).toBe(3);
    expect(store.status().counters["worker_failures"]).toBeGreaterThan(0);
    await vi.waitFor(() => expect(store.status().state).toBe("ok"));
  });

  test("can be closed while it is about to start again, and twice", async () => {
    await test1.store.close();
    const quarantineDirectory = join(test1.directory, "blocked again");
    writeFileSync(quarantineDirectory, "");
    const store = test1.reopen({ quarantineDirectory });
    await vi.waitFor(() => expect(store.status().counters["worker_failures"]).toBe(1), {
      timeout: 5_000,
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([store.close(), store.close()]);
    test1.reopen();
  });
});

describe("Exactly once", () => {
  test("an open intent is inserted again under its token, and stays single in all tables", async () => {
    const from = test1.spool.end("traces");
    await test1.send("traces", traceRequest(spansOf(5), resourceOf("once")));
    await test1.append("traces", traceRequest(spansOf(6), resourceOf("once")));
    await test1.store.drained();
    await test1.store.close();
    expect(await countOf("once")).toBe(5);

    // As if killed after the insert and before the checkpoint: the journal still has the intent.
    rmSync(join(test1.spool.directory, "journal"));
    const journal = openJournal(test1.spool.directory);
    journal.moveCheckpoint("traces", from);
    journal.writeIntent("traces", {
      from,
      to: from + 1,
      tables: ["otel_traces"],
      formatVersion: 1,
    });
    journal.close();
    test1.reopen();
    await test1.store.drained();

    expect(await countOf("once")).toBe(11);
    expect(
      await test1.rows(
        "SELECT sum(SpanCount) AS spans FROM telemetry_service_minute WHERE ServiceName = 'once'",
      ),
    ).toEqual([{ spans: "11" }]);
    expect(
      await test1.rows(
        "SELECT sum(SpanCount) AS spans FROM telemetry_trace_summary WHERE has(Services, 'once')",
      ),
    ).toEqual([{ spans: "11" }]);
  });

  test("every acknowledged span is there once after the process was killed three times", async () => {
    await test1.store.close();
    await test1.spool.close();
    const acknowledged = new Set<number>();
    for (let round = 0; round < 3; round++) {
      const first = 1_000_000 * (round + 1);
      const script = new URL("testdata/crashing-sender.ts", import.meta.url);
      const endpoint = JSON.stringify(test1.engine.endpoint);
      const child = fork(script, [test1.directory, endpoint, String(first)], {
        execArgv: ["--conditions=@telemetry/source"],
        stdio: ["ignore", "pipe", "inherit", "ipc"],
      });
      let output = "";
      child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
      await vi.waitFor(() => expect(output.split("\n").length).toBeGreaterThan(40), {
        timeout: 10_000,
      });
      await new Promise((resolve) => setTimeout(resolve, 150 + round * 170));
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
      for (const line of output.split("\n").slice(0, -1)) acknowledged.add(Number(line));
    }
    await test1.reopenSpool();
    await test1.store.drained();

    const rows = await test1.rows<{ first: string; count: string }>(
      `SELECT intDiv(toUInt64(substring(SpanName, 6)), 20) * 20 AS first, count() AS count
      FROM otel_traces WHERE toUInt64OrZero(substring(SpanName, 6)) >= 1000000 GROUP BY first`,
    );
    const counts = new Map(rows.map((row) => [Number(row.first), Number(row.count)]));
    expect(acknowledged.size).toBeGreaterThan(100);
    expect([...acknowledged].filter((first) => counts.get(first) !== 20)).toEqual([]);
    expect([...counts.values()].filter((count) => count !== 20)).toEqual([]);
  });

  test("spans that come while the engine is killed are there once when it is back", async () => {
    const { pid } = test1.engine;
    const sent: Promise<number>[] = [];
    for (let round = 0; round < 20; round++) {
      if (round === 5 && pid !== undefined) process.kill(pid, "SIGKILL");
      sent.push(test1.send("traces", traceRequest(spansOf(10), resourceOf("outage"))));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(sent);
    await test1.store.drained();
    expect(await countOf("outage")).toBe(200);
    await vi.waitFor(() => expect(test1.store.status().state).toBe("ok"));
  });
});

describe("A row that is not like the others", () => {
  const nested = (depth: number): Fields =>
    depth === 0
      ? { stringValue: "deep" }
      : { kvlistValue: { values: [{ key: "k", value: nested(depth - 1) }] } };

  test.each<[string, Fields]>([
    [
      "a path twice",
      {
        attributes: attributesOf({
          "a.b": intValue(1),
          a: { kvlistValue: { values: attributesOf({ b: intValue(2) }) } },
        }),
      },
    ],
    [
      "NaN and infinity",
      { attributes: attributesOf({ a: doubleValue(NaN), b: doubleValue(Infinity) }) },
    ],
    ["a key twice", { attributes: [...attributesOf({ a: "1" }), ...attributesOf({ a: "2" })] }],
    [
      "a half surrogate pair",
      { attributes: attributesOf({ "\ud83d": "\ude00x" }), name: "\ud83d" },
    ],
    ["maps 90 levels deep", { attributes: attributesOf({ a: nested(90) }) }],
    ["a key of 1 500 levels", { attributes: attributesOf({ [`${"a.".repeat(1_500)}a`]: "x" }) }],
    [
      "5 000 keys",
      {
        attributes: Array.from({ length: 5_000 }, (_, i) =>
          attributesOf({ [`k${i}`]: "v" }),
        ).flat(),
      },
    ],
    ["an end in the year 2300", { endTimeUnixNano: nanosecondsAt(Date.UTC(2300, 0)) }],
    ["an end that is as far as can be", { endTimeUnixNano: String(2n ** 64n - 1n) }],
    ["an end before its start", { endTimeUnixNano: "1" }],
    [
      "events at the ends of time",
      {
        events: [{ timeUnixNano: String(2n ** 64n - 1n) }, { timeUnixNano: String(2n ** 63n) }, {}],
      },
    ],
    ["the least probability", { traceState: "ot=th:ffffffffffffff" }],
    ["a tracestate that is none", { traceState: "ot=th:;rv:x,ot=th:0123456789abcdef,=" }],
    ["an empty key", { attributes: attributesOf({ "": "", ".": ".", "..": "" }) }],
  ])("with %s is stored beside 999 others within 2 s", async (name, fields) => {
    const spans = [...spansOf(500), ...spansOf(1, fields), ...spansOf(499)];
    const start = performance.now();
    await test1.send("traces", traceRequest(spans, resourceOf(name)));
    await vi.waitFor(async () => expect(await countOf(name)).toBe(1_000), {
      timeout: 5_000,
      interval: 20,
    });
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test("with a time far off is listed with the reason, and the 999 others are there within 2 s", async () => {
    const far = [
      "1",
      nanosecondsAt(Date.now() - 400 * 86_400_000),
      nanosecondsAt(Date.now() + 400 * 86_400_000),
    ];
    const bad = far.map((startTimeUnixNano) => spanOf(nextSpan++, { startTimeUnixNano }));
    const start = performance.now();
    await test1.send(
      "traces",
      traceRequest([...spansOf(500), ...bad, ...spansOf(499)], resourceOf("far")),
    );
    await vi.waitFor(async () => expect(await countOf("far")).toBe(999), {
      timeout: 5_000,
      interval: 20,
    });
    expect(performance.now() - start).toBeLessThan(2_000);
    await vi.waitFor(() => {
      expect(test1.store.quarantined()).toMatchObject([
        { reason: expect.stringContaining("more than 1 day after its arrival"), count: 1 },
        { reason: expect.stringContaining("older than the retention of 7 d"), count: 2 },
      ]);
    });
    expect(test1.store.quarantined()[1]?.summary).toContain("at 1970-01-01");
    expect(test1.store.status().counters).toMatchObject({ rows_expired: 2, rows_ahead: 1 });
  });

  test("that ClickHouse refuses for ever is set aside, and its 999 neighbours are there after ten inserts", async () => {
    await test1.client.command({
      query: "ALTER TABLE otel_traces ADD CONSTRAINT poison CHECK SpanName != 'poison'",
    });
    try {
      const spans = [...spansOf(700), ...spansOf(1, { name: "poison" }), ...spansOf(299)];
      const insertsBefore = test1.store.status().counters["inserts"] ?? 0;
      await test1.send("traces", traceRequest(spans, resourceOf("refused")));
      await vi.waitFor(async () => expect(await countOf("refused")).toBe(999), {
        timeout: 5_000,
        interval: 20,
      });
      await test1.store.drained();
      await vi.waitFor(() => {
        const { inserts = 0 } = test1.store.status().counters;
        expect(inserts - insertsBefore).toBe(10); // one good half for each time that 1 000 can be halved
      });
    } finally {
      await test1.client.command({ query: "ALTER TABLE otel_traces DROP CONSTRAINT poison" });
    }
    await vi.waitFor(() => {
      expect(test1.store.quarantined()[0]).toMatchObject({
        signal: "traces",
        count: 1,
        reason: expect.stringContaining("poison"),
        summary: expect.stringContaining('span "poison" of refused'),
      });
    });
    const lines = readFileSync(join(test1.directory, "quarantine", "00000001.jsonl"), "utf8")
      .trim()
      .split("\n");
    const entry = JSON.parse(lines.at(-1) ?? "") as { row: Record<string, unknown> };
    expect(entry.row).toMatchObject({ SpanName: "poison", ServiceName: "refused" });
  });

  test("at which a materialized view of somebody else fails is stored once all the same, and that is told", async () => {
    const { client, store } = test1;
    const select =
      "SELECT TraceId FROM otel_traces WHERE throwIf(SpanName = 'poison', 'no poison here') = 0";
    for (const query of [
      "CREATE TABLE theirs (TraceId String) ENGINE = MergeTree ORDER BY TraceId",
      `CREATE MATERIALIZED VIEW theirs_mv TO theirs AS ${select}`,
    ]) {
      await client.command({ query });
    }
    try {
      const trace = { traceId: Buffer.alloc(16, 0x77) };
      const spans = [...spansOf(70, trace), ...spansOf(1, { ...trace, name: "poison" })];
      await test1.send("traces", traceRequest(spans, resourceOf("theirs")));
      await store.drained();
      expect(await countOf("theirs")).toBe(71);
      const answer = await client.query({
        query: `SELECT sum(SpanCount) AS spans FROM telemetry_trace_summary WHERE TraceId = '${"77".repeat(16)}'`,
        format: "JSONEachRow",
      });
      expect(await answer.json()).toEqual([{ spans: "71" }]);
    } finally {
      await client.command({ query: "DROP VIEW theirs_mv" });
    }
    await vi.waitFor(() => {
      expect(store.quarantined()[0]).toMatchObject({
        count: 71,
        reason: expect.stringMatching(/^Stored, but .* no poison here.*theirs_mv/),
      });
      expect(store.status().counters).toMatchObject({ rows_missed_by_views: 71 });
    });
  });

  test("does not make a table that somebody dropped the rows' fault", async () => {
    await test1.client.command({ query: "DROP TABLE otel_logs SYNC" });
    const records = [{ body: { stringValue: "still here" } }];
    await test1.send("logs", logRequest(records, resourceOf("dropped")));
    await test1.store.drained();
    expect(await countOf("dropped", "otel_logs")).toBe(1);
  });

  test("times over 100 days in one request do not fail with a retention that allows them", async () => {
    await test1.store.close();
    test1.reopen({ retentionMs: 400 * 86_400_000 });
    const spans = Array.from({ length: 105 }, (_, day) =>
      spanOf(nextSpan++, { startTimeUnixNano: nanosecondsAt(Date.now() - day * 86_400_000) }),
    );
    await test1.send("traces", traceRequest(spans, resourceOf("history")));
    await test1.store.drained();
    expect(await countOf("history")).toBe(105);
    await test1.store.close();
    test1.reopen();
  });
});
