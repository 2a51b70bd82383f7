// recording-proxy.ts — stands between the senders and the dashboard, knows what was acknowledged, and loses answers.
//
//   sender ──▶ proxy ──▶ dashboard
//   sender ◀─╳─ proxy ◀── 200        a lost answer: acknowledged and stored, and the sender must send it again
//
// "Acknowledged" is what the dashboard answered with 200, whether or not the sender ever heard it.

import { createHash } from "node:crypto";
import { createServer, request } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { decodeRequest } from "@telemetry/otlp";

/** How the dashboard answered one request; status 0 when there was no answer. */
export interface Answered {
  readonly startedAtMs: number;
  readonly status: number;
  readonly ms: number;
}

export interface ProxyOptions {
  /** Where the dashboard receives OTLP. */
  readonly target: string;
  readonly random: () => number;
  /** The part of the answers that is lost, 0 to 1. */
  readonly loss: number;
}

export class RecordingProxy {
  /** Span ids in hex. */
  readonly acknowledged = new Set<string>();
  readonly answers: Answered[] = [];
  lostCount = 0;
  /** Requests that were acknowledged again, byte for byte. */
  repeatedCount = 0;
  readonly #options: ProxyOptions;
  readonly #server: Server;
  readonly #bodies = new Set<string>();

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing));
  }

  static async open(options: ProxyOptions): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const startedAtMs = performance.now();
    const record = (status: number) => {
      this.answers.push({ startedAtMs, status, ms: performance.now() - startedAtMs });
    };
    try {
      const body = await bytesOf(incoming);
      const answer = await this.#ask(incoming, body);
      const answerBody = await bytesOf(answer);
      const { statusCode: status = 0, headers } = answer;
      record(status);
      if (status === 200) this.#acknowledge(incoming, body);
      if (status === 200 && this.#options.random() < this.#options.loss) {
        this.lostCount++;
        outgoing.destroy();
      } else {
        outgoing.writeHead(status, headers).end(answerBody);
      }
    } catch {
      record(0); // the dashboard is gone, or went in between: the sender hears nothing
      outgoing.destroy();
    }
  }

  #ask(incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { method, url = "/", headers } = incoming;
      const target = new URL(url, this.#options.target);
      const asked = request(
        target,
        { method, headers: { ...headers, host: target.host } },
        resolve,
      );
      asked.on("error", reject);
      asked.end(body);
    });
  }

  #acknowledge(incoming: IncomingMessage, body: Buffer): void {
    if (incoming.url !== "/v1/traces") return;
    const hash = createHash("sha256").update(body).digest("base64");
    if (this.#bodies.has(hash)) this.repeatedCount++;
    this.#bodies.add(hash);
    const bytes = incoming.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    const batch = decodeRequest("traces", "protobuf", bytes);
    if (batch.signal !== "traces") return;
    const ids = Buffer.from(batch.spans.spanId).toString("hex");
    for (let row = 0; row < batch.spans.count; row++) {
      this.acknowledged.add(ids.slice(row * 16, row * 16 + 16));
    }
  }
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
