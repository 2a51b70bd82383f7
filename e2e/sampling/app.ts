// app.ts — two services in a row that keep traces by the same rules, each a process of its own.
//
//   node app.ts stock            a server; prints its port. Every tenth order fails there
//   node app.ts shop <port> <n>  takes n orders, asks stock for each, and ends
//
// Both say how many spans they keep: shop prints it, stock answers it under /kept.
// Trace ids are hashes of a number: the same traces are kept in every run.

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SpanKind } from "@opentelemetry/api";
import {
  extractContext,
  injectContext,
  recordError,
  runWithContext,
  shutdown,
  startTelemetry,
  withSpan,
} from "@telemetry/sdk";

const [role = "", port = "", count = "0"] = process.argv.slice(2);
let made = 0;
const telemetry = startTelemetry({
  serviceName: role,
  batch: { queueSize: 100_000 },
  sample: { errors: 1, slowMs: 60_000, rest: 0.1 },
  idGenerator: {
    generateTraceId: () =>
      createHash("sha256").update(`order ${++made}`).digest("hex").slice(0, 32),
    generateSpanId: () => randomBytes(8).toString("hex"),
  },
});

if (role === "stock") await serveStock();
else await takeOrders(Number(count));

async function serveStock(): Promise<void> {
  const server = createServer((request, response) => {
    if (request.url === "/kept") {
      response.end(String(keptCount()));
      return;
    }
    runWithContext(extractContext(request), () =>
      withSpan("GET /stock", { kind: SpanKind.SERVER }, () => {
        if (request.url?.endsWith("0") === true) recordError(new Error("sold out"));
        response.end();
      }),
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  console.log((server.address() as AddressInfo).port);
}

async function takeOrders(orders: number): Promise<void> {
  for (let order = 0; order < orders; order++) {
    await withSpan("POST /order", { kind: SpanKind.SERVER, root: true }, () =>
      withSpan("ask stock", { kind: SpanKind.CLIENT }, async () => {
        const url = `http://127.0.0.1:${port}/stock/${order}`;
        await (await fetch(url, { headers: injectContext({}) })).text();
      }),
    );
  }
  await shutdown();
  console.log(keptCount());
}

function keptCount(): number {
  const traces = telemetry.status().signals.traces!;
  return traces["started"]! - traces["sampledOut"]!;
}
