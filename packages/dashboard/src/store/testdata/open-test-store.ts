// open-test-store.ts — a store over a real engine and a real spool in a temporary folder.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Signal } from "@telemetry/otlp";
import { decodeRequest } from "@telemetry/otlp";
import type { ClickHouseClient, Engine } from "../../engine/engine.ts";
import { openClient, openEngine } from "../../engine/engine.ts";
import type { Spool } from "../../spool/spool.ts";
import { openSpool } from "../../spool/spool.ts";
import type { Store, StoreOptions } from "../store.ts";
import { openStore } from "../store.ts";
import type { Fields } from "./requests.ts";
import { encodeRequest } from "./requests.ts";

export interface TestStore {
  readonly directory: string;
  readonly engine: Engine;
  readonly client: ClickHouseClient;
  spool: Spool;
  store: Store;
  /** Appends a request to the spool and hands it over, as the receiver does. */
  send(signal: Signal, request: Fields, receivedAtMs?: number): Promise<number>;
  /** Only appends: the store has to find it in the spool. */
  append(signal: Signal, request: Fields): Promise<number>;
  /** Opens the store again, after `store.close()`. */
  reopen(options?: Partial<StoreOptions>): Store;
  /** Opens spool and store again, after both were closed. */
  reopenSpool(): Promise<void>;
  rows<Row>(query: string): Promise<Row[]>;
  count(table: string): Promise<number>;
  close(): Promise<void>;
}

export async function openTestStore(options: Partial<StoreOptions> = {}): Promise<TestStore> {
  const directory = mkdtempSync(join(tmpdir(), "telemetry-store-"));
  const engine = await openEngine({ dataDirectory: directory });
  let spool = await openSpool({ dataDirectory: directory });
  const client = openClient(engine.endpoint, {
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
  });
  const open = (overrides: Partial<StoreOptions> = {}) =>
    openStore({
      endpoint: engine.endpoint,
      spoolDirectory: spool.directory,
      spoolId: spool.id,
      quarantineDirectory: join(directory, "quarantine"),
      ends: { traces: spool.end("traces"), metrics: spool.end("metrics"), logs: spool.end("logs") },
      ...options,
      ...overrides,
    });
  const test: TestStore = {
    directory,
    engine,
    client,
    spool,
    store: open(),
    async append(signal, request) {
      const body = encodeRequest(signal, request);
      const receivedAtMs = Date.now();
      const appended = await spool.append({ signal, encoding: "protobuf", body, receivedAtMs });
      if ("repeated" in appended) throw new Error("Cannot append request: it was sent before");
      return appended.position;
    },
    async send(signal, request, receivedAtMs = Date.now()) {
      const body = encodeRequest(signal, request);
      const batch = decodeRequest(signal, "protobuf", body.slice());
      const appended = await spool.append({ signal, encoding: "protobuf", body, receivedAtMs });
      if ("repeated" in appended) throw new Error("Cannot send request: it was sent before");
      test.store.handOver(batch, appended.position, receivedAtMs);
      return appended.position;
    },
    reopen(overrides) {
      test.store = open(overrides);
      return test.store;
    },
    async reopenSpool() {
      test.spool = spool = await openSpool({ dataDirectory: directory });
      test.store = open();
    },
    async rows(query) {
      const answer = await client.query({ query, format: "JSONEachRow" });
      return answer.json();
    },
    async count(table) {
      const [row] = await test.rows<{ count: string }>(`SELECT count() AS count FROM ${table}`);
      return Number(row?.count);
    },
    async close() {
      await test.store.close();
      await client.close();
      await spool.close();
      await engine.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return test;
}
