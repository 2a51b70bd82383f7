// otlp-receiver.ts — a real OTLP/HTTP receiver for tests: it keeps what arrives, decoded.

import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { decodeRequest } from "@telemetry/otlp";
import type { LogBatch, MetricBatch, TraceBatch } from "@telemetry/otlp";

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly timeMs: number;
}

export class OtlpReceiver {
  /** Everything that was posted, in the order of arrival. */
  readonly requests: ReceivedRequest[] = [];
  /** What the next requests are answered with. */
  status = 200;
  headers: Record<string, string> = {};
  /** JSON of answers outside `/v1/`, by path. */
  answers: Record<string, unknown> = {};
  readonly #server: Server;
  #waiters: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(port = 0): Promise<OtlpReceiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const path = request.url ?? "";
        const raw = Buffer.concat(chunks);
        const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
        receiver.requests.push({ path, headers: request.headers, body, timeMs: performance.now() });
        const answer = receiver.answers[path];
        const type = answer === undefined ? "application/x-protobuf" : "application/json";
        response.writeHead(receiver.status, { "content-type": type, ...receiver.headers });
        response.end(answer === undefined ? undefined : JSON.stringify(answer));
        for (const waiter of receiver.#waiters.splice(0)) waiter();
      });
    });
    const receiver = new OtlpReceiver(server);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves once the condition holds; it is asked again after each request. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  bodies(path: string): Buffer[] {
    return this.requests.filter((request) => request.path === path).map(({ body }) => body);
  }

  metrics(): MetricBatch[] {
    return this.bodies("/v1/metrics").map((body) => decodeRequest("metrics", "protobuf", body));
  }

  logs(): LogBatch[] {
    return this.bodies("/v1/logs").map((body) => decodeRequest("logs", "protobuf", body));
  }

  traces(): TraceBatch[] {
    return this.bodies("/v1/traces").map((body) => decodeRequest("traces", "protobuf", body));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
