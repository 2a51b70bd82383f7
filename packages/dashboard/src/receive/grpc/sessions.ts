// sessions.ts — the connections of gRPC as HTTP/2 sees them: which are alive, which are answered, which are cut.
//
// Sessions live for days and say nothing for minutes. Every 30 s each is pinged; one that has not answered by the next
// time is gone, whatever TCP thinks. What HTTP/2 lets a client do beside its calls is bounded by nghttp2 (resets,
// headers without end) and here (pings, settings, calls without a message, bytes that come to no call).

import {
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import {
  HEADERS_TIMEOUT_MS,
  type Connection,
  type CutReason,
  type ListenOptions,
} from "../../listen/listen.ts";
import type { AccessCheck } from "../access-check.ts";
import type { Receiver } from "../receiver.ts";
import type { BodyClock } from "../request-body.ts";
import { answerCall } from "./call.ts";

/** What a sender may send of all its messages ahead of our reading them. */
const CONNECTION_WINDOW_BYTES = 8 * 1_048_576;
const LOOK_INTERVAL_MS = 30_000;
/** Pings, settings and calls without a message that a client may send between two looks. */
const CHATTER_MAX = 1_000;
/**
 * Bytes between two sweeps that belong to no call. nghttp2 drops headers that are too large without a word to us, and
 * what they held is memory until the collector has its turn.
 */
const STRAY_BYTES_MAX = 2 * 1_048_576;
const SWEEP_INTERVAL_MS = 250;

export interface GrpcDoorOptions extends ListenOptions {
  readonly check: AccessCheck;
  /** How slowly a message may come; for tests. */
  readonly clock?: BodyClock;
  /** How long a connection may say nothing at first. Default: 10 s. */
  readonly silenceMs?: number;
  /** How often connections are asked whether they are still there. Default: 30 s. */
  readonly lookIntervalMs?: number;
}

interface Session {
  readonly http2: ServerHttp2Session;
  readonly socket: Socket;
  readonly connection: Connection | undefined;
  readonly streams: Set<ServerHttp2Stream>;
  isPinged: boolean;
  chatter: number;
  /** A call began or ended since the last sweep: the rest of one that was refused is still on its way. */
  hasCalled: boolean;
  /** Of the socket, at the last sweep. */
  bytesRead: number;
}

export class Sessions {
  readonly #receiver: Receiver;
  readonly #options: GrpcDoorOptions;
  readonly #sessions = new Map<ServerHttp2Session, Session>();
  readonly #looking: NodeJS.Timeout;
  readonly #sweeping: NodeJS.Timeout;

  constructor(receiver: Receiver, options: GrpcDoorOptions) {
    this.#receiver = receiver;
    this.#options = options;
    const { lookIntervalMs = LOOK_INTERVAL_MS } = options;
    this.#looking = setInterval(() => this.#look(), lookIntervalMs).unref();
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS).unref();
  }

  add(http2: ServerHttp2Session): void {
    const { socket } = http2;
    const streams = new Set<ServerHttp2Stream>();
    const connection = this.#options.connections.find(socket);
    const session: Session = {
      http2,
      socket,
      connection,
      streams,
      isPinged: false,
      chatter: 0,
      hasCalled: false,
      bytesRead: 0,
    };
    this.#sessions.set(http2, session);
    http2.once("close", () => this.#sessions.delete(http2));
    if (connection !== undefined) {
      connection.isAnswered = () => [...streams].some(({ readableEnded }) => readableEnded);
    }
    const { silenceMs = HEADERS_TIMEOUT_MS } = this.#options;
    const silence = setTimeout(() => connection?.cut("slow"), silenceMs);
    http2.once("close", () => clearTimeout(silence));
    http2.once("remoteSettings", () => {
      clearTimeout(silence);
      http2.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    });
    http2.on("remoteSettings", () => this.#noteChatter(session));
    http2.on("ping", () => this.#noteChatter(session));
  }

  answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on("error", () => {}); // its sender went away; whoever answers has noticed
    const session = stream.session && this.#sessions.get(stream.session as ServerHttp2Session);
    if (session === undefined) return void stream.destroy();
    session.streams.add(stream);
    session.hasCalled = true;
    session.connection?.touch();
    if (stream.endAfterHeaders) this.#noteChatter(session);
    stream.once("close", () => {
      session.streams.delete(stream);
      session.hasCalled = true;
    });
    void answerCall(
      { receiver: this.#receiver, ...this.#options },
      stream,
      headers,
      session.socket,
    );
  }

  cut(http2: ServerHttp2Session, reason: CutReason): void {
    this.#sessions.get(http2)?.connection?.cut(reason);
  }

  #noteChatter(session: Session): void {
    if (++session.chatter > CHATTER_MAX) this.#calm(session);
  }

  #calm({ http2, connection }: Session): void {
    if (!http2.destroyed) http2.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    connection?.cut("malformed");
  }

  #sweep(): void {
    for (const session of this.#sessions.values()) {
      if (session.http2.destroyed) continue; // it has no socket any more, and is about to go
      const { bytesRead } = session.socket;
      const isStray = !session.hasCalled && session.streams.size === 0;
      if (isStray && bytesRead - session.bytesRead > STRAY_BYTES_MAX) this.#calm(session);
      session.hasCalled = false;
      session.bytesRead = bytesRead;
    }
  }

  #look(): void {
    for (const session of this.#sessions.values()) {
      session.chatter = 0;
      if (session.isPinged) session.connection?.cut("silent");
      else this.#ping(session);
    }
  }

  #ping(session: Session): void {
    if (session.http2.destroyed || session.http2.closed) return;
    session.isPinged = true;
    session.http2.ping(() => (session.isPinged = false));
  }

  /** Tells all senders to go elsewhere; calls under way come to their end. */
  close(): void {
    clearInterval(this.#looking);
    clearInterval(this.#sweeping);
    for (const { http2 } of this.#sessions.values()) http2.close();
  }
}
