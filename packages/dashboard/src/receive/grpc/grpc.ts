// grpc.ts — the port of OTLP/gRPC: HTTP/2 with or without TLS.
//
//   connection ─first bytes─▶ HTTP/2 session (sessions.ts) ─stream─▶ one Export call (call.ts)
//
// A library would hold all that anybody sends until its message is whole, before it asks whether the sender may send at
// all (docs/adr/010-grpc-on-http2.md), so the little that unary calls need is here.

import {
  createSecureServer,
  createServer as createHttp2Server,
  type Http2SecureServer,
  type Http2Server,
  type ServerOptions,
} from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import {
  HEADERS_TIMEOUT_MS,
  openPort,
  readTlsFiles,
  watchTlsFiles,
  type Listener,
  type TlsFiles,
} from "../../listen/listen.ts";
import type { Receiver } from "../receiver.ts";
import { GRPC_ONLY } from "./call.ts";
import { Sessions, type GrpcDoorOptions } from "./sessions.ts";

const STREAMS_PER_CONNECTION_MAX = 256;
/** What a sender may send of one message ahead of our reading it. */
const STREAM_WINDOW_BYTES = 1_048_576;
/**
 * gRPC's own default. Node gives each header as a string outside of V8's heap, which the collector is slow to miss: with
 * 16 KiB a flood of calls with nothing but headers held 1.2 GB for a while. sessions.ts cuts such a flood off.
 */
const HEADERS_SIZE_BYTES_MAX = 8_192;
const HEADERS_MAX = 100;
/** In megabytes: what HTTP/2 itself may hold for one connection, beside the messages. */
const SESSION_MEMORY_MB = 16;
const TCP_KEEP_ALIVE_MS = 60_000;

const HTTP2: ServerOptions = {
  settings: {
    maxConcurrentStreams: STREAMS_PER_CONNECTION_MAX,
    initialWindowSize: STREAM_WINDOW_BYTES,
    maxHeaderListSize: HEADERS_SIZE_BYTES_MAX,
    enablePush: false,
  },
  maxHeaderListPairs: HEADERS_MAX,
  maxSessionMemory: SESSION_MEMORY_MB,
};
/** How HTTP/2 begins, and HTTP/1 never does. */
const PREFACE_BEGINNING = Buffer.from("PRI ");

/** The server that listens, and the one that speaks HTTP/2, which may be the same. */
interface Servers {
  readonly listening: Server;
  readonly http2: Http2Server | Http2SecureServer;
}

/** @throws {PortUnavailableError} when the port cannot be opened, nor another in its place. */
export async function openGrpcDoor(
  receiver: Receiver,
  options: GrpcDoorOptions,
): Promise<Listener> {
  const { tls, log } = options;
  const { listening, http2 } =
    tls === undefined ? createPlain(options) : createSecure(tls, options);
  const sockets = new Set<Socket>();
  listening.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const sessions = new Sessions(receiver, options);
  http2.on("session", (session) => sessions.add(session));
  http2.on("stream", (stream, headers) => sessions.answer(stream, headers));
  http2.on("sessionError", (_, session) => sessions.cut(session, "malformed"));

  const port = await openPort(listening, options);
  const stopWatching =
    tls === undefined
      ? () => {}
      : watchTlsFiles(tls, (keys) => (http2 as Http2SecureServer).setSecureContext(keys), { log });
  const close = async (graceMs: number) => {
    stopWatching();
    const closed = new Promise((resolve) => listening.close(resolve));
    sessions.close();
    const cutOff = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
    await closed;
    clearTimeout(cutOff);
  };
  return { ...port, close };
}

/** HTTP/2 with prior knowledge (h2c), as gRPC speaks it. A session is made when its first bytes are here. */
function createPlain({ connections, silenceMs = HEADERS_TIMEOUT_MS }: GrpcDoorOptions): Servers {
  const http2 = createHttp2Server(HTTP2);
  const options = { keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS, noDelay: true };
  const listening = createServer(options, (socket) => {
    socket.on("error", () => {}); // its client went away
    const connection = connections.add(socket);
    const silence = setTimeout(() => connection?.cut("slow"), silenceMs);
    socket.once("close", () => clearTimeout(silence));
    socket.once("data", (first) => {
      clearTimeout(silence);
      socket.pause();
      if (isPreface(first)) {
        socket.unshift(first);
        http2.emit("connection", socket);
      } else {
        socket.end(plainAnswer(), () => connection?.cut("malformed"));
      }
    });
  });
  return { listening, http2 };
}

function createSecure(tls: TlsFiles, { connections }: GrpcDoorOptions): Servers {
  const options = { keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS, noDelay: true };
  const http2 = createSecureServer({
    ...options,
    ...HTTP2,
    ...readTlsFiles(tls),
    handshakeTimeout: HEADERS_TIMEOUT_MS,
  });
  http2.on("connection", (socket: Socket) => void connections.add(socket));
  http2.on("tlsClientError", (error, socket) => connections.noteTlsError(error, socket));
  http2.on("unknownProtocol", (socket) => {
    socket.end(plainAnswer(), () => connections.find(socket)?.cut("malformed"));
  });
  return { listening: http2, http2 };
}

function isPreface(bytes: string | Buffer): boolean {
  const length = Math.min(bytes.length, PREFACE_BEGINNING.length);
  return PREFACE_BEGINNING.subarray(0, length).equals(
    (bytes as Buffer).subarray(0, PREFACE_BEGINNING.length),
  );
}

/** To whoever speaks HTTP/1 here, which is the mistake that people make. */
function plainAnswer(): string {
  const body = `Cannot answer: ${GRPC_ONLY}`;
  return `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}
