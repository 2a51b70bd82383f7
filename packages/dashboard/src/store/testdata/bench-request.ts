// bench-request.ts — spans as an HTTP server of ten services makes them: 13 attributes, 8 of the resource, traces
// of 20 spans.

import { attributesOf, bytesOfHex, encodeRequest, intValue, nanosecondsAt, traceRequest } from "./requests.ts";

const SPANS_PER_TRACE = 20;
const SERVICES = ["checkout", "cart", "frontend", "payment", "shipping", "currency", "email", "ads", "search", "catalog"];

/** A request of `count` spans, of which `first` is the number of the first. */
export function benchRequest(count: number, first: number): Uint8Array<ArrayBuffer> {
  const nowMs = Date.now();
  const service = SERVICES[Math.floor(first / count) % SERVICES.length] ?? "";
  const spans = Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const startMs = nowMs - 60_000 + (number % 60_000);
    return {
      traceId: bytesOfHex(idOf(Math.floor(number / SPANS_PER_TRACE), 32)),
      spanId: bytesOfHex(idOf(number, 16)),
      ...(number % SPANS_PER_TRACE === 0 ? {} : { parentSpanId: bytesOfHex(idOf(number - 1, 16)) }),
      name: `GET /api/orders/{id} ${number % 40}`,
      kind: 1 + (number % 3),
      startTimeUnixNano: nanosecondsAt(startMs),
      endTimeUnixNano: nanosecondsAt(startMs, (number % 1_000) * 1_000),
      status: { code: number % 50 === 0 ? 2 : 0 },
      attributes: attributesOf({
        "http.request.method": "GET",
        "http.route": "/api/orders/{id}",
        "http.response.status_code": intValue(200 + (number % 5)),
        "url.path": `/api/orders/${number}`,
        "url.scheme": "http",
        "server.address": "orders.internal",
        "server.port": intValue(8080),
        "network.protocol.version": "1.1",
        "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64)",
        "client.address": `10.0.0.${number % 250}`,
        "thread.id": intValue(number % 16),
        "thread.name": `worker-${number % 16}`,
        "app.cache.hit": number % 2 === 0,
      }),
    };
  });
  const resource = {
    attributes: attributesOf({
      "service.name": service,
      "service.version": "1.2.3",
      "host.name": "host-1",
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.name": "opentelemetry",
      "telemetry.sdk.version": "2.1.0",
      "process.pid": intValue(12),
      "deployment.environment.name": "production",
    }),
  };
  return new Uint8Array(encodeRequest("traces", traceRequest(spans, resource)));
}

/** Ids that look random: sorted by id, traces do not lie in the order of time. */
function idOf(number: number, digits: number): string {
  const mixed = BigInt.asUintN(64, BigInt(number + 1) * 0x9e3779b97f4a7c15n);
  return mixed.toString(16).padStart(16, "0").padEnd(digits, "a");
}
