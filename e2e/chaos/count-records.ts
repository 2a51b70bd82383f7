// count-records.ts — asks ClickHouse itself how often each acknowledged record is there, and whether the side tables say
// the same.

import { setTimeout as delay } from "node:timers/promises";
import type { Signal } from "@telemetry/otlp";
import { openClient } from "../../packages/dashboard/src/engine/engine.ts";
import type {
  ClickHouseClient,
  ClickHouseEndpoint,
} from "../../packages/dashboard/src/engine/engine.ts";
import { SERIES_KEY, SIGNALS, type Ledger } from "./ledger.ts";

export interface RecordCounts {
  readonly acknowledged: number;
  /** Different records in ClickHouse. Those whose answer was never given may be among them. */
  readonly found: number;
  /** Acknowledged and not found. */
  readonly missing: number;
  /** Found more than once, acknowledged or not. */
  readonly doubled: number;
}

export interface StoredCounts {
  readonly signals: Readonly<Record<Signal, RecordCounts>>;
  /** Rows of a signal's tables against what the side tables made of them: they must be equal. */
  readonly sideTables: readonly {
    readonly name: string;
    readonly rows: number;
    readonly summed: number;
  }[];
}

/** The same ids as in ledger.ts. */
const IDS: Readonly<Record<Signal, string>> = {
  traces: "SELECT SpanId AS id FROM otel_traces WHERE ServiceName LIKE 'chaos-%'",
  logs: "SELECT Body AS id FROM otel_logs WHERE Body LIKE 'chaos %'",
  metrics: ["gauge", "sum"]
    .map(
      (kind) =>
        `SELECT concat(MetricName, ' ', Attributes.\`${SERIES_KEY}\`.:String, ' ', toString(toUnixTimestamp64Nano(TimeUnix))) AS id
        FROM otel_metrics_${kind} WHERE MetricName LIKE 'chaos.%'`,
    )
    .join(" UNION ALL "),
};

const POINTS = ["gauge", "sum", "histogram", "exponential_histogram", "summary"];
const SIDE_TABLES = [
  {
    name: "telemetry_trace_summary",
    rows: "SELECT count() FROM otel_traces",
    summed: "SELECT sum(SpanCount) FROM telemetry_trace_summary",
  },
  {
    name: "telemetry_service_minute",
    rows: "SELECT count() FROM otel_traces",
    summed: "SELECT sum(SpanCount) FROM telemetry_service_minute",
  },
  {
    name: "telemetry_metric_hour",
    rows: `SELECT ${POINTS.map((kind) => `(SELECT count() FROM otel_metrics_${kind})`).join(" + ")}`,
    summed: "SELECT sum(PointCount) FROM telemetry_metric_hour",
  },
];

/** Counts until nothing is missing, or the time is over. */
export async function countRecords(
  endpoint: ClickHouseEndpoint,
  ledger: Ledger,
  timeoutMs: number,
): Promise<StoredCounts> {
  const client = openClient(endpoint);
  try {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const counts = await count(client, ledger);
      const missing = SIGNALS.some((signal) => counts.signals[signal].missing > 0);
      if (!missing || performance.now() > deadlineMs) return counts;
      await delay(250);
    }
  } finally {
    await client.close();
  }
}

async function count(client: ClickHouseClient, ledger: Ledger): Promise<StoredCounts> {
  const signals: Partial<Record<Signal, RecordCounts>> = {};
  for (const signal of SIGNALS) {
    signals[signal] = await countSignal(client, IDS[signal], ledger.acknowledged[signal]);
  }
  const sideTables = [];
  for (const { name, rows, summed } of SIDE_TABLES) {
    const answer = await client.query({
      query: `SELECT toUInt32((${rows})) AS rows, toUInt32((${summed})) AS summed`,
      format: "JSONEachRow",
    });
    const [row] = await answer.json<{ rows: number; summed: number }>();
    sideTables.push({ name, rows: row?.rows ?? 0, summed: row?.summed ?? 0 });
  }
  return { signals: signals as Record<Signal, RecordCounts>, sideTables };
}

async function countSignal(
  client: ClickHouseClient,
  ids: string,
  acknowledged: ReadonlySet<string>,
): Promise<RecordCounts> {
  const answer = await client.query({
    query: `SELECT id, toUInt32(count()) FROM (${ids}) GROUP BY id`,
    format: "JSONCompactEachRow",
  });
  let [found, doubled, confirmed] = [0, 0, 0];
  for await (const rows of answer.stream<[id: string, times: number]>()) {
    for (const row of rows) {
      const [id, times] = row.json();
      found++;
      if (times > 1) doubled++;
      if (acknowledged.has(id)) confirmed++;
    }
  }
  const { size } = acknowledged;
  return { acknowledged: size, found, missing: size - confirmed, doubled };
}
