// count-spans.ts — asks ClickHouse itself how often each acknowledged span is there.

import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openClient } from "../../packages/dashboard/src/engine/engine.ts";
import type { ClickHouseClient } from "../../packages/dashboard/src/engine/engine.ts";
import type { RunningDashboard } from "../support/running-dashboard.ts";

export interface SpanCounts {
  readonly acknowledged: number;
  /** Different spans in ClickHouse. Those whose answer was never given may be among them. */
  readonly found: number;
  /** Acknowledged and not found. */
  readonly missing: number;
  /** Found more than once, acknowledged or not. */
  readonly doubled: number;
}

/** Counts until nothing is missing, or the time is over. */
export async function countSpans(
  dashboard: RunningDashboard,
  acknowledged: ReadonlySet<string>,
  timeoutMs: number,
): Promise<SpanCounts> {
  const client = openClient({
    url: "http://localhost",
    socketPath: join(dashboard.dataDirectory, "engine/engine.sock"),
    database: "default",
  });
  try {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const counts = await count(client, acknowledged);
      if (counts.missing === 0 || performance.now() > deadlineMs) return counts;
      await delay(250);
    }
  } finally {
    await client.close();
  }
}

async function count(
  client: ClickHouseClient,
  acknowledged: ReadonlySet<string>,
): Promise<SpanCounts> {
  const answer = await client.query({
    query:
      "SELECT SpanId, toUInt32(count()) FROM otel_traces WHERE ServiceName LIKE 'chaos-%' GROUP BY SpanId",
    format: "JSONCompactEachRow",
  });
  let found = 0;
  let doubled = 0;
  let confirmed = 0;
  for await (const rows of answer.stream<[id: string, count: number]>()) {
    for (const row of rows) {
      const [id, times] = row.json();
      found++;
      if (times > 1) doubled++;
      if (acknowledged.has(id)) confirmed++;
    }
  }
  return {
    acknowledged: acknowledged.size,
    found,
    missing: acknowledged.size - confirmed,
    doubled,
  };
}
