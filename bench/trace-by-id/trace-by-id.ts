// trace-by-id.ts — what docs/adr/004-trace-by-id.md rests on: how a trace is found by its id, on the real schema and
// the real engine.
//
//   node --conditions=@telemetry/source bench/trace-by-id/trace-by-id.ts [millions of spans: 2] [spans a second: 2000] [variants: all]
//
//   service      ordered by (five minutes, service, name), the Bloom filter on TraceId
//   time         ordered by time alone, the Bloom filter
//   trace        ordered by (five minutes, trace id): the order of the schema, without the Bloom filter
//   trace+bloom  the same, with it
//   trace+table  the schema: the same, and a narrow table, trace id → time range, filled by a materialized view
//   projection   service, and a second copy of every row in the same parts, ordered by TraceId
//   offsets      service, and a projection of row numbers, ordered by TraceId
//   rows         service, and the whole rows again in a table ordered by TraceId: the most that layout can give
//
// Each variant is a database with the same rows, inserted in turns. Every id is asked once. It needs 4 GB of disk for
// 3 million spans, in the folder for temporary files, and removes it.

import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { openClient, openEngine } from "../../packages/dashboard/src/engine/engine.ts";
import type { ClickHouseClient } from "../../packages/dashboard/src/engine/engine.ts";
import {
  createTable,
  createView,
  materializedViews,
  traceIdTs,
  traces,
} from "../../packages/dashboard/src/store/schema.ts";

/** In steps of 0.2 million: whole batches, and whole traces. */
const SPANS = Math.round(Number(process.argv[2] ?? 2) * 5) * 200_000;
const BATCH = 100_000;
const SPANS_PER_TRACE = 40;
/** How many traces are open at once: their spans arrive mixed. */
const TRACES_AT_ONCE = 200;
const ASKED = 200;
const RETENTION_SECONDS = 30 * 86_400;
/** The spans end now. At a low rate a trace lies in one granule of 8 192 rows, at a high one in many. */
const SPREAD_SECONDS = SPANS / Number(process.argv[3] ?? 2_000);
const FIRST_SECOND = Math.floor(Date.now() / 1_000 - SPREAD_SECONDS);

const BY_SERVICE = "toStartOfFiveMinutes(Timestamp), ServiceName, SpanName, Timestamp";
const BY_TRACE = "toStartOfFiveMinutes(Timestamp), TraceId";
const BLOOM = "idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1";

function spansOrderedBy(orderBy: string, trace: string[] = [BLOOM]): string {
  const indexes = traces.indexes.filter((index) => !index.startsWith("idx_trace_id "));
  return createTable({ ...traces, orderBy, indexes: [...indexes, ...trace] }, RETENTION_SECONDS);
}

function spansWithProjection(projection: string): string[] {
  return [
    spansOrderedBy(BY_SERVICE, []),
    "ALTER TABLE otel_traces MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild'",
    `ALTER TABLE otel_traces ADD PROJECTION by_trace (${projection})`,
  ];
}

const ALL_VARIANTS: Record<string, string[]> = {
  service: [spansOrderedBy(BY_SERVICE)],
  time: [spansOrderedBy("Timestamp")],
  trace: [spansOrderedBy(BY_TRACE, [])],
  "trace+bloom": [spansOrderedBy(BY_TRACE)],
  "trace+table": [
    spansOrderedBy(BY_TRACE),
    createTable(traceIdTs, RETENTION_SECONDS),
    ...materializedViews.filter(({ to }) => to === traceIdTs.name).map(createView),
  ],
  projection: spansWithProjection("SELECT * ORDER BY TraceId"),
  offsets: spansWithProjection("SELECT TraceId, _part_offset ORDER BY TraceId"),
  rows: [
    spansOrderedBy(BY_SERVICE, []),
    createTable(
      {
        ...traces,
        indexes: [],
        name: "otel_traces_by_id",
        orderBy: "TraceId",
        indexGranularity: 256,
      },
      RETENTION_SECONDS,
    ),
    "CREATE MATERIALIZED VIEW by_id_mv TO otel_traces_by_id AS SELECT * FROM otel_traces",
  ],
};

const only = process.argv[4]?.split(",");
const VARIANTS = Object.entries(ALL_VARIANTS).filter(([name]) => only?.includes(name) ?? true);

/** Rows [from, to) of the data set; the same text for every variant, and no two spans alike. */
function insertStatement(from: number, to: number): string {
  const trace = `(intDiv(number, ${TRACES_AT_ONCE * SPANS_PER_TRACE}) * ${TRACES_AT_ONCE} + number % ${TRACES_AT_ONCE})`;
  const random = (salt: number, below: number) => `sipHash64(number, ${salt}) % ${below}`;
  const attributes = `toJSONString(map('http.request.method', 'GET', 'http.route', concat('/api/', toString(${random(1, 50)})), 'url.path', concat('/api/', toString(${random(2, 5_000)})),
    'server.address', concat('host-', toString(${random(3, 20)})), 'user.id', toString(${random(4, 100_000)}), 'db.system', 'postgresql',
    'db.query.text', concat('SELECT * FROM orders WHERE id = ', toString(${random(5, 1_000_000)})), 'thread.name', concat('worker-', toString(${random(6, 16)})),
    'http.response.status_code', toString(200 + ${random(7, 4)} * 100), 'net.peer.port', toString(${random(8, 60_000)})))`;
  return `INSERT INTO otel_traces (Timestamp, EndTimestamp, Duration, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, StatusCode,
    ServiceName, ResourceAttributes, ScopeName, SpanAttributes)
  SELECT fromUnixTimestamp64Nano(toInt64((${FIRST_SECOND} + number * ${SPREAD_SECONDS / SPANS}) * 1e9), 'UTC') AS t, addNanoseconds(t, d), ${random(9, 50_000_000)} AS d,
    lower(hex(sipHash128(${trace}))), lower(hex(sipHash64(number))), lower(hex(sipHash64(number - ${TRACES_AT_ONCE}))),
    concat('operation ', toString(${random(10, 60)})), 'Server', if(${random(11, 50)} = 0, 'Error', 'Unset'),
    concat('service-', toString(${random(12, 15)})), toJSONString(map('service.name', concat('service-', toString(${random(12, 15)})), 'host.name', concat('node-', toString(${random(13, 8)})), 'process.pid', toString(${random(13, 8)}))),
    'scope', ${attributes} FROM numbers(${from}, ${to - from})`;
}

const RANGE =
  "SELECT min(Start) AS first, addSeconds(max(End), 1) AS last FROM otel_traces_trace_id_ts WHERE TraceId = {id: String}";
const ROWS = "SELECT * FROM otel_traces WHERE TraceId = {id: String}";
const ROWS_IN_RANGE = `${ROWS} AND Timestamp >= {first: DateTime('UTC')} AND Timestamp < {last: DateTime('UTC')}`;

/** Asks for a trace as the API would, and returns the milliseconds it took. */
async function ask(client: ClickHouseClient, variant: string, id: string): Promise<number> {
  const before = performance.now();
  let query = variant === "rows" ? ROWS.replace("otel_traces", "otel_traces_by_id") : ROWS;
  let query_params: Record<string, string> = { id };
  if (variant === "trace+table") {
    const answer = await client.query({ query: RANGE, query_params, format: "JSONEachRow" });
    const [range] = await answer.json<{ first: string; last: string }>();
    query = ROWS_IN_RANGE;
    query_params = { ...query_params, ...range };
  }
  const answer = await client.query({ query, query_params, format: "JSONCompactEachRow" });
  const spans = (await answer.text()).split("\n").length - 1;
  if (spans !== (id.startsWith("miss") ? 0 : SPANS_PER_TRACE)) {
    throw new Error(`Cannot go on: ${variant} found ${spans} spans of trace ${id}`);
  }
  return performance.now() - before;
}

async function measure(
  clients: Map<string, ClickHouseClient>,
  ids: string[],
): Promise<Map<string, number[]>> {
  const times = new Map([...clients.keys()].map((variant) => [variant, [] as number[]]));
  for (const id of ids) {
    for (const [variant, client] of clients)
      times.get(variant)?.push(await ask(client, variant, id));
  }
  return times;
}

function percentile(times: number[] | undefined, part: number): string {
  const sorted = (times ?? []).toSorted((a, b) => a - b);
  return (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(1);
}

async function idsOf(client: ClickHouseClient): Promise<string[]> {
  const query = `SELECT DISTINCT TraceId AS id FROM otel_traces ORDER BY sipHash64(TraceId) LIMIT ${ASKED * 3}`;
  const rows = await (await client.query({ query, format: "JSONEachRow" })).json<{ id: string }>();
  return rows.map(({ id }) => id);
}

async function main(): Promise<void> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "trace-by-id-"));
  const engine = await openEngine({ dataDirectory });
  const clients = new Map<string, ClickHouseClient>();
  try {
    await engine.whenReady();
    const root = openClient(engine.endpoint);
    for (const [variant, statements] of VARIANTS) {
      await root.command({ query: `CREATE DATABASE \`${variant}\`` });
      const client = openClient({ ...engine.endpoint, database: variant });
      for (const query of statements) await client.command({ query });
      clients.set(variant, client);
    }
    const insertMs = new Map<string, number>();
    for (let from = 0; from < SPANS; from += BATCH) {
      for (const [variant, client] of clients) {
        const before = performance.now();
        const clickhouse_settings = {
          max_threads: 1,
          max_insert_threads: "1",
          min_insert_block_size_rows: String(BATCH),
          max_block_size: String(BATCH),
        };
        await client.command({ query: insertStatement(from, from + BATCH), clickhouse_settings });
        insertMs.set(variant, (insertMs.get(variant) ?? 0) + performance.now() - before);
      }
    }
    const ids = await idsOf([...clients.values()][0] ?? root);
    const misses = ids.slice(0, 50).map((_, index) => `miss-${index}`);
    const parts = await partsOf(root);
    const unmerged = await measure(clients, ids.slice(0, ASKED));
    for (const client of clients.values()) {
      for (const table of ["otel_traces", "otel_traces_by_id", "otel_traces_trace_id_ts"]) {
        await client.command({ query: `OPTIMIZE TABLE ${table} FINAL` }).catch(() => {}); // not every variant has each
      }
    }
    const merged = await measure(clients, ids.slice(ASKED, ASKED * 2));
    for (const cache of [
      "MARK CACHE",
      "PRIMARY INDEX CACHE",
      "INDEX MARK CACHE",
      "QUERY CONDITION CACHE",
    ]) {
      await root
        .command({ query: `SYSTEM DROP ${cache}` })
        .catch((error: Error) => console.log(error.message));
    }
    const fresh = await measure(clients, ids.slice(ASKED * 2, ASKED * 2 + 20));
    const missed = await measure(clients, misses);
    const sizes = await sizesOf(root);

    const { length, 0: cpu } = cpus();
    console.log(
      `${SPANS} spans in ${SPANS / SPANS_PER_TRACE} traces within ${Math.round(SPREAD_SECONDS)} s; ${length} × ${cpu?.model}, Node ${process.version}`,
    );
    console.log(
      "| variant | insert rows/s | MB | parts | p50 / p95 ms with these parts | merged | merged, caches dropped | unknown id |",
    );
    console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (const variant of clients.keys()) {
      const of = (times: Map<string, number[]>) =>
        `${percentile(times.get(variant), 0.5)} / ${percentile(times.get(variant), 0.95)}`;
      const rate = Math.round(SPANS / ((insertMs.get(variant) ?? 1) / 1_000));
      console.log(
        `| ${variant} | ${rate} | ${sizes.get(variant)} | ${parts.get(variant)} | ${of(unmerged)} | ${of(merged)} | ${of(fresh)} | ${of(missed)} |`,
      );
    }
    await root.close();
  } finally {
    for (const client of clients.values()) await client.close();
    await engine.close();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

async function partsOf(client: ClickHouseClient): Promise<Map<string, string>> {
  const query =
    "SELECT database AS name, toString(count()) AS value FROM system.parts WHERE active AND table = 'otel_traces' GROUP BY name";
  return await pairsOf(client, query);
}

async function sizesOf(client: ClickHouseClient): Promise<Map<string, string>> {
  const query =
    "SELECT database AS name, toString(round(sum(bytes_on_disk) / 1e6)) AS value FROM system.parts WHERE active GROUP BY name";
  return await pairsOf(client, query);
}

async function pairsOf(client: ClickHouseClient, query: string): Promise<Map<string, string>> {
  const rows = await (
    await client.query({ query, format: "JSONEachRow" })
  ).json<{ name: string; value: string }>();
  return new Map(rows.map(({ name, value }) => [name, value]));
}

await main();
