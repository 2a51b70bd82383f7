// grpc-proxy.ts — the same as http-proxy.ts, for OTLP/gRPC. A lost answer is a connection that breaks: to gRPC, a stream
// that ends alone is an error of the server, and no reason to come again.

import { connect, createServer } from "node:http2";
import type { ClientHttp2Session, Http2Server, ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Signal } from "@telemetry/otlp";
import { callGrpc, frameOf, GRPC_OK, GRPC_UNAVAILABLE, messageOf, METHODS } from "./grpc-call.ts";
import type { GrpcAnswer } from "./grpc-call.ts";
import type { Answered, ProxyOptions, RecordingProxy } from "./http-proxy.ts";

const STATUSES: Readonly<Record<number, number>> = { [GRPC_OK]: 200, [GRPC_UNAVAILABLE]: 503 };

export class GrpcProxy implements RecordingProxy {
  readonly answers: Answered[] = [];
  lostCount = 0;
  readonly #options: ProxyOptions;
  readonly #server: Http2Server;
  /** By the port that they come from. */
  readonly #sockets = new Map<number | undefined, Socket>();
  #dashboard: ClientHttp2Session | undefined;

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer();
    this.#server.on("connection", (socket: Socket) => {
      const { remotePort } = socket;
      this.#sockets.set(remotePort, socket);
      socket.once("close", () => this.#sockets.delete(remotePort));
    });
    this.#server.on("session", (session) => session.on("error", () => {})); // a sender that was killed
    this.#server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      void this.#pass(stream, String(headers[":path"]));
    });
  }

  static async open(options: ProxyOptions): Promise<GrpcProxy> {
    const proxy = new GrpcProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.destroy();
    this.#dashboard?.destroy();
  }

  async #pass(stream: ServerHttp2Stream, path: string): Promise<void> {
    const startedAtMs = performance.now();
    const note = (status: number, hasRetryAfter = false) => {
      const ms = performance.now() - startedAtMs;
      this.answers.push({ startedAtMs, status, ms, hasRetryAfter });
    };
    try {
      const frame = Buffer.concat((await stream.toArray()) as Buffer[]);
      const answer = await callGrpc(this.#connection(), path, frame);
      if (answer.status === undefined) throw new Error("Cannot pass on an answer: it broke off");
      note(STATUSES[answer.status] ?? 500, "grpc-status-details-bin" in answer.trailers);
      if (answer.status === GRPC_OK) this.#acknowledge(path, messageOf(frame));
      if (answer.status === GRPC_OK && this.#options.random() < this.#options.loss) {
        this.lostCount++;
        this.#cutOff(stream);
      } else {
        respond(stream, answer);
      }
    } catch {
      note(0);
      this.#cutOff(stream);
    }
  }

  /** Ends the connection without a word of HTTP/2. */
  #cutOff(stream: ServerHttp2Stream): void {
    this.#sockets.get(stream.session?.socket.remotePort)?.destroy();
  }

  /** A new one when the last one broke. */
  #connection(): ClientHttp2Session {
    if (this.#dashboard === undefined || this.#dashboard.closed || this.#dashboard.destroyed) {
      this.#dashboard = connect(this.#options.target);
      this.#dashboard.on("error", () => {}); // each call on it hears of it
    }
    return this.#dashboard;
  }

  #acknowledge(path: string, message: Uint8Array): void {
    const signal = (Object.keys(METHODS) as Signal[]).find((name) => METHODS[name] === path);
    if (signal !== undefined) this.#options.ledger.acknowledge(signal, "protobuf", message);
  }
}

function respond(stream: ServerHttp2Stream, { status, trailers, message }: GrpcAnswer): void {
  if (stream.destroyed) return;
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => {
    const said = Object.entries(trailers).filter(
      ([name]) => name.startsWith("grpc-status") || name === "grpc-message",
    );
    stream.sendTrailers({ ...Object.fromEntries(said), "grpc-status": String(status) });
  });
  stream.end(frameOf(message));
}
