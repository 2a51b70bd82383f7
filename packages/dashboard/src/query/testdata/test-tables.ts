// test-tables.ts — the real engine with our tables in a temporary folder, and a way to put OTLP requests
// into them: decoded and encoded by the same code as in the dashboard, inserted at once.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { decodeRequest, type Batch, type Encoding, type Signal } from "@telemetry/otlp";
import { openClient, openEngine, type ClickHouseClient, type Engine } from "../../engine/engine.ts";
import { encodeBlock, planRows } from "../../store/native/native.ts";
import { schemaStatements } from "../../store/schema.ts";

/** Sixty years: requests of other times may be stored. */
const RETENTION_SECONDS = 60 * 365 * 86_400;

export interface TestTables {
  readonly engine: Engine;
  readonly client: ClickHouseClient;
  /** Resolves when the rows can be queried. */
  insert(
    signal: Signal,
    encoding: Encoding,
    body: Uint8Array,
    receivedAtMs?: number,
  ): Promise<Batch>;
  close(): Promise<void>;
}

export async function openTestTables(): Promise<TestTables> {
  const directory = await mkdtemp(join(tmpdir(), "telemetry-query-"));
  const engine = await openEngine({ dataDirectory: directory });
  await engine.whenReady();
  const client = openClient(engine.endpoint);
  for (const query of schemaStatements(RETENTION_SECONDS)) await client.command({ query });
  return {
    engine,
    client,
    insert: async (signal, encoding, body, receivedAtMs = Date.now()) => {
      const batch = decodeRequest(signal, encoding, body);
      await insertBatch(client, batch, receivedAtMs);
      return batch;
    },
    close: async () => {
      await client.close();
      await engine.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function insertBatch(
  client: ClickHouseClient,
  batch: Batch,
  receivedAtMs: number,
): Promise<void> {
  const window = {
    receivedAtMs,
    retentionMs: RETENTION_SECONDS * 1_000,
    countOversized: () => undefined,
  };
  for (const planned of planRows(batch, window)) {
    if (planned.rowCount === 0) continue;
    const { block } = encodeBlock(planned.table, [planned], 0, planned.rowCount);
    const columns = block.columnNames.map((name) => `\`${name}\``).join(", ");
    const { stream } = await client.exec({
      query: `INSERT INTO ${planned.table.name} (${columns}) FORMAT Native`,
      values: Readable.from(block.take(), { objectMode: false }),
      clickhouse_settings: {
        type_json_skip_duplicated_paths: 1,
        input_format_try_infer_dates: 0,
        input_format_try_infer_datetimes: 0,
      },
    });
    await stream.resume().toArray();
  }
}
