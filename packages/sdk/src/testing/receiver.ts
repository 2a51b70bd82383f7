// receiver.ts — a real OTLP/HTTP receiver on a free local port, whose answers a test can choose.

import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import zlib from "node:zlib";
import { Collector, signalOfPath } from "./collector.ts";

/** What one request is answered; `hang` never answers it. */
export interface TestAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly hang?: boolean;
  /** Closes the connection after the request was taken: an answer that was lost. */
  readonly drop?: boolean;
}

export interface TestRequest {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** As it was sent, compressed or not. */
  readonly body: Buffer;
}

export interface TestReceiver {
  /** For `startTelemetry({ endpoint })`. */
  readonly url: string;
  /** Decoded contents of the requests that were answered 2xx. */
  readonly collected: Collector;
  /** All requests, in order. */
  readonly requests: readonly TestRequest[];
  /** Decides the next answers, by request; default 200. */
  answer: (request: TestRequest, index: number) => TestAnswer;
  close(): Promise<void>;
}

export interface TestReceiverOptions {
  readonly port?: number;
  /** Certificate, key and authorities of an https receiver. */
  readonly tls?: https.ServerOptions;
}

export async function openTestReceiver(options: TestReceiverOptions = {}): Promise<TestReceiver> {
  const { port = 0, tls } = options;
  const requests: TestRequest[] = [];
  const collected = new Collector();
  const onRequest = (incoming: http.IncomingMessage, response: http.ServerResponse): void => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const request: TestRequest = {
        path: incoming.url ?? "",
        headers: incoming.headers,
        body: Buffer.concat(chunks),
      };
      requests.push(request);
      respond(request, response, receiver.answer(request, requests.length - 1), collected);
    });
  };
  const server =
    tls === undefined ? http.createServer(onRequest) : https.createServer(tls, onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const receiver: TestReceiver = {
    url: `http${tls === undefined ? "" : "s"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    collected,
    requests,
    answer: () => ({}),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

function respond(
  request: TestRequest,
  response: http.ServerResponse,
  answer: TestAnswer,
  collected: Collector,
): void {
  const { status = 200, headers = {}, body = "", hang = false, drop = false } = answer;
  const signal = signalOfPath(request.path);
  if (status < 300 && !hang && signal !== undefined) {
    const isJson = request.headers["content-type"] === "application/json";
    collected.collect(signal, inflated(request), isJson ? "json" : "protobuf");
  }
  if (drop) response.destroy();
  else if (!hang) response.writeHead(status, { ...headers }).end(body);
}

function inflated({ headers, body }: TestRequest): Uint8Array {
  switch (headers["content-encoding"]) {
    case "gzip":
      return zlib.gunzipSync(body);
    case "zstd":
      return zlib.zstdDecompressSync(body);
    default:
      return body;
  }
}
