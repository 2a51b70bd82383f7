// http-proxy.ts — stands between the senders and the dashboard's OTLP/HTTP, writes down what was acknowledged, and loses
// answers.
//
//   sender ──▶ proxy ──▶ dashboard
//   sender ◀─╳─ proxy ◀── 200        a lost answer: acknowledged and stored, and the sender must send it again

import { createServer, request } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Signal } from "@telemetry/otlp";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";

/** How the dashboard answered one request of a sender; status 0 when there was no answer. gRPC's OK is 200, UNAVAILABLE 503. */
export interface Answered {
  readonly startedAtMs: number;
  readonly status: number;
  readonly ms: number;
  /** Whether a refusal said when to come again. */
  readonly hasRetryAfter: boolean;
}

export interface ProxyOptions {
  /** Where the dashboard receives OTLP. */
  readonly target: string;
  readonly ledger: Ledger;
  readonly random: Random;
  /** The part of the answers that is lost, 0 to 1. */
  readonly loss: number;
}

/** What both proxies show. */
export interface RecordingProxy {
  readonly url: string;
  readonly answers: readonly Answered[];
  readonly lostCount: number;
  close(): void;
}

export class HttpProxy implements RecordingProxy {
  readonly answers: Answered[] = [];
  lostCount = 0;
  readonly #options: ProxyOptions;
  readonly #server: Server;

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing));
  }

  static async open(options: ProxyOptions): Promise<HttpProxy> {
    const proxy = new HttpProxy(options);
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
    const note = (status: number, hasRetryAfter = false) => {
      const ms = performance.now() - startedAtMs;
      this.answers.push({ startedAtMs, status, ms, hasRetryAfter });
    };
    try {
      const body = await bytesOf(incoming);
      const answer = await this.#ask(incoming, body);
      const answerBody = await bytesOf(answer);
      const { statusCode: status = 0, headers } = answer;
      note(status, headers["retry-after"] !== undefined);
      if (status === 200) this.#acknowledge(incoming, body);
      if (status === 200 && this.#options.random() < this.#options.loss) {
        this.lostCount++;
        outgoing.destroy();
      } else {
        outgoing.writeHead(status, headers).end(answerBody);
      }
    } catch {
      note(0); // the dashboard is gone, or went in between: the sender hears nothing
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

  #acknowledge({ url, headers }: IncomingMessage, body: Buffer): void {
    const signal = (url ?? "").replace("/v1/", "") as Signal;
    const encoding = headers["content-type"]?.includes("json") ? "json" : "protobuf";
    const bytes = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    this.#options.ledger.acknowledge(signal, encoding, bytes);
  }
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
