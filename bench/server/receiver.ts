// receiver.ts — answers OTLP requests with 200 and keeps them, in a process of its own. What they hold is counted after
// the load, by the official definitions: a side that loses spans, or sends other things, must not look faster.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { OFFICIAL } from "../../packages/otlp/src/conformance/conformance.ts";

const requests: Buffer[] = [];
let otherCount = 0;

const server = createServer((request, response) => {
  if (request.url === "/requests") {
    response.end(String(requests.length));
    return;
  }
  if (request.url === "/counts") {
    response.end(JSON.stringify({ spanCount: countSpans(), otherCount }));
    return;
  }
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (request.url?.endsWith("/v1/traces") === true) requests.push(Buffer.concat(chunks));
    else otherCount++;
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
// The bench ends by closing our standard input.
process.stdin.on("end", () => process.exit()).resume();

interface TraceRequest {
  readonly resourceSpans?: readonly { scopeSpans?: readonly { spans?: readonly unknown[] }[] }[];
}

function countSpans(): number {
  let count = 0;
  for (const bytes of requests) {
    const { resourceSpans = [] } = OFFICIAL.traces.decode(bytes) as TraceRequest;
    for (const { scopeSpans = [] } of resourceSpans)
      for (const { spans = [] } of scopeSpans) count += spans.length;
  }
  return count;
}
