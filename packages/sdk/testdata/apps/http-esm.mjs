// An ES module app with the official http and undici instrumentations: a server, and a client of each kind.

import http, { request } from "node:http";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import { getCurrentSpan, shutdown, startTelemetry, withSpan } from "@telemetry/sdk";

startTelemetry({
  serviceName: "http-esm",
  instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
});

const server = http.createServer((incoming, response) => {
  response.end(JSON.stringify({ headers: incoming.headers, spanId: getCurrentSpan()?.spanContext().spanId }));
});
await new Promise((resolve) => {
  server.listen(0, "127.0.0.1", resolve);
});
const url = `http://127.0.0.1:${server.address().port}/`;
const results = await withSpan("client", async (span) => ({
  client: span.spanContext(),
  http: await new Promise((resolve) => {
    request(url, { headers: { "x-mine": "kept" } }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk)).on("end", () => resolve(JSON.parse(text)));
    }).end();
  }),
  fetch: await (await fetch(url, { headers: { "x-mine": "kept" } })).json(),
}));
server.close();
server.closeAllConnections();
await shutdown();
console.log(JSON.stringify(results));
