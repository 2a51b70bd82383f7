// parent.ts — a process that opens an engine, writes one row, says "ready <pid of the engine>" and stays.

import { openClient, openEngine } from "../engine.ts";

const engine = await openEngine({ dataDirectory: process.argv[2] ?? "" });
await engine.whenReady();
const client = openClient(engine.endpoint);
await client.command({ query: "CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a" });
await client.insert({ table: "kept", values: [{ a: 1 }], format: "JSONEachRow" });
await client.close();
console.log(`ready ${engine.pid}`);
