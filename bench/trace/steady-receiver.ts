// steady-receiver.ts — answers OTLP requests with 200 and counts them, in a process of its own.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

let requestCount = 0;
let sizeBytes = 0;

const server = createServer((request, response) => {
  if (request.url === "/counts") {
    response.end(JSON.stringify({ requestCount, sizeBytes }));
    return;
  }
  request.on("data", (chunk: Buffer) => {
    sizeBytes += chunk.length;
  });
  request.on("end", () => {
    if (request.url?.endsWith("/v1/traces") === true) requestCount++;
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
// The bench ends by closing our standard input.
process.stdin.on("end", () => process.exit()).resume();
