// crashing-sender.ts — a process that receives and stores spans until it is killed. It prints the number of
// each span whose request is durable, which is when a sender would be told "yes".

import { join } from "node:path";
import { decodeRequest } from "@telemetry/otlp";
import type { ClickHouseEndpoint } from "../../engine/engine.ts";
import { openSpool } from "../../spool/spool.ts";
import { openStore } from "../store.ts";
import { encodeRequest, spanOf, traceRequest } from "./requests.ts";

const [directory, endpoint, firstSpan] = process.argv.slice(2) as [string, string, string];
const spool = await openSpool({ dataDirectory: directory });
const store = openStore({
  endpoint: JSON.parse(endpoint) as ClickHouseEndpoint,
  spoolDirectory: spool.directory,
  spoolId: spool.id,
  quarantineDirectory: join(directory, "quarantine"),
  ends: { traces: spool.end("traces"), metrics: spool.end("metrics"), logs: spool.end("logs") },
});

const SPANS_PER_REQUEST = 20;
for (let span = Number(firstSpan); ; span += SPANS_PER_REQUEST) {
  const spans = Array.from({ length: SPANS_PER_REQUEST }, (_, index) => spanOf(span + index));
  const body = encodeRequest("traces", traceRequest(spans));
  const receivedAtMs = Date.now();
  const batch = decodeRequest("traces", "protobuf", body.slice());
  const appended = await spool.append({ signal: "traces", encoding: "protobuf", body, receivedAtMs });
  if ("repeated" in appended) throw new Error("Cannot send spans: they were sent before");
  process.stdout.write(`${span}\n`);
  store.handOver(batch, appended.position, receivedAtMs);
  await new Promise((resolve) => setTimeout(resolve, 1));
}
