// listen.ts — the ports of the dashboard: opened, replaced where they may be, and closed without cutting answers off.
//
// Every HTTP port serves everything. A client has 10 s for its first word, for the headers of a request and for its
// TLS, 70 s for a whole request, and two minutes to take a part of its answer: nobody holds a connection with a byte
// a minute, or with none. What is cut is counted (connections.ts).

import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo, Server as NetServer, Socket } from "node:net";
import type { Connections } from "./connections.ts";
import { watchTlsFiles, readTlsFiles, type TlsFiles } from "./tls-files.ts";
import type { Log } from "../self/self.ts";

export { Connections, connectionsMax, type Connection, type CutReason } from "./connections.ts";
export { readTlsFiles, watchTlsFiles, type TlsFiles, type TlsKeys } from "./tls-files.ts";

/** Also for the first byte of a connection, and for TLS to come about. */
export const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 70_000;
/** A client that takes nothing of its answer for so long is gone; live streams write every ten seconds. */
const SILENCE_TIMEOUT_MS = 120_000;
/** Longer than the idle time of usual proxies and agents, so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const TIMEOUT_CHECK_INTERVAL_MS = 2_000;
const HEADERS_SIZE_BYTES_MAX = 16_384;
/** Half-open connections are found by TCP's own probes, where nothing else asks. */
const TCP_KEEP_ALIVE_MS = 60_000;
/** While closing, connections whose answer is written are closed this often. */
const SWEEP_INTERVAL_MS = 20;

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** What a person would set to choose another port; it stands in the error. */
  readonly option: string;
  /** Takes any free port where `port` is in use. */
  readonly mayMove?: boolean;
  /** Shared by all ports. */
  readonly connections: Connections;
  /** Speak TLS and nothing else. */
  readonly tls?: TlsFiles;
  readonly log?: Log;
  /** How long an HTTP request may take to arrive. Default: 70 s, of which 10 s for its headers. */
  readonly requestTimeoutMs?: number;
  /** How long a client may take nothing of its answer. Default: two minutes. */
  readonly silenceTimeoutMs?: number;
}

/** Where a server listens. */
export interface OpenPort {
  readonly port: number;
  /** The port that was taken by somebody else, when another was opened instead. */
  readonly movedFrom?: number;
}

/** A port that answers HTTP. */
export interface Listener extends OpenPort {
  /** Stops accepting, lets answers end for `graceMs`, then cuts off what is left. */
  close(graceMs: number): Promise<void>;
}

/** A port that was asked for cannot be opened. `code` is the system's, such as EADDRINUSE. */
export class PortUnavailableError extends Error {
  override readonly name = "PortUnavailableError";
  readonly code: string;

  constructor(options: ListenOptions, cause: NodeJS.ErrnoException) {
    const { host, port, option } = options;
    const reason = REASONS[cause.code ?? ""] ?? cause.message;
    super(`Cannot listen on ${host}:${port}: ${reason}; choose another with ${option}`, { cause });
    this.code = cause.code ?? "";
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use by another program",
  EACCES: "this user may not open that port",
  EADDRNOTAVAIL: "this machine does not have that address",
  ENOTFOUND: "there is no such address",
};

/**
 * Opens an HTTP port, or an HTTPS port with `tls`.
 * @throws {PortUnavailableError} when it cannot be opened, nor another in its place.
 */
export async function openListener(
  listener: RequestListener,
  options: ListenOptions,
): Promise<Listener> {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS, silenceTimeoutMs = SILENCE_TIMEOUT_MS } = options;
  const { tls, log } = options;
  const limits = {
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: Math.min(KEEP_ALIVE_TIMEOUT_MS, silenceTimeoutMs),
    connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_INTERVAL_MS, requestTimeoutMs),
    maxHeaderSize: HEADERS_SIZE_BYTES_MAX,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
  };
  const server: Server | HttpsServer =
    tls === undefined
      ? createHttpServer(limits)
      : createHttpsServer({
          ...limits,
          ...readTlsFiles(tls),
          handshakeTimeout: HEADERS_TIMEOUT_MS,
        });
  server.timeout = silenceTimeoutMs;
  guard(server, options.connections);
  answerWith(server, listener, options.connections);
  const port = await openPort(server, options);
  const stopWatching =
    tls === undefined
      ? () => {}
      : watchTlsFiles(tls, (keys) => (server as HttpsServer).setSecureContext(keys), { log });
  return {
    ...port,
    close: (graceMs) => {
      stopWatching();
      return closeServer(server, graceMs);
    },
  };
}

/** Counts connections in, and cuts off those that say nothing, nonsense, or too slowly. */
function guard(server: Server | HttpsServer, connections: Connections): void {
  server.on("connection", (socket: Socket) => void connections.add(socket));
  server.on("tlsClientError", (error, socket) => connections.noteTlsError(error, socket));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const connection = connections.find(socket as Socket);
    const isGone = error.code === "ECONNRESET" || error.code === "EPIPE" || !socket.writable;
    if (isGone || connection === undefined) return void socket.destroy();
    const { reason, answer } = CLIENT_ERRORS[error.code ?? ""] ?? MALFORMED;
    if (connection.isAnswered()) connection.cut(reason); // nothing may come into the answer that is on its way
    else socket.end(answer, () => connection.cut(reason));
  });
  server.on("timeout", (socket) => {
    const connection = connections.find(socket);
    if (connection?.isAnswered()) connection.cut("silent");
    else socket.destroy(); // kept alive, and not used
  });
}

function answerWith(
  server: Server | HttpsServer,
  listener: RequestListener,
  connections: Connections,
): void {
  const answer: RequestListener = (request, response) => {
    const connection = connections.find(request.socket);
    if (connection !== undefined) {
      connection.touch();
      connection.isAnswered = () => request.complete && !response.writableFinished;
      response.once("close", connection.touch);
    }
    listener(request, response);
  };
  server.on("request", answer);
  server.on("checkContinue", answer); // the listener says when the body may come
}

interface ClientRefusal {
  readonly reason: "slow" | "malformed";
  readonly answer: string;
}

const CLIENT_ERRORS: Readonly<Record<string, ClientRefusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    reason: "slow",
    answer: plainAnswer("408 Request Timeout", "Cannot read request: it arrives too slowly"),
  },
  HPE_HEADER_OVERFLOW: {
    reason: "malformed",
    answer: plainAnswer(
      "431 Request Header Fields Too Large",
      `Cannot read request: its headers have more than ${HEADERS_SIZE_BYTES_MAX} bytes`,
    ),
  },
};
const MALFORMED: ClientRefusal = {
  reason: "malformed",
  answer: plainAnswer("400 Bad Request", "Cannot read request: it is no HTTP/1.1"),
};

/** Written by hand, because there is no request that it would answer. */
function plainAnswer(status: string, message: string): string {
  const headers = `connection: close\r\ncontent-type: text/plain\r\ncontent-length: ${message.length}`;
  return `HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${message}`;
}

/**
 * Makes any server listen.
 * @throws {PortUnavailableError} when the port cannot be opened, nor another in its place.
 */
export async function openPort(server: NetServer, options: ListenOptions): Promise<OpenPort> {
  try {
    return { port: await listen(server, options.host, options.port) };
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    if (cause.code !== "EADDRINUSE" || !options.mayMove) {
      throw new PortUnavailableError(options, cause);
    }
    return { port: await listen(server, options.host, 0), movedFrom: options.port };
  }
}

function listen(server: NetServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closeServer(server: Server | HttpsServer, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_INTERVAL_MS);
    server.close(() => {
      clearTimeout(cutOff);
      clearInterval(sweep);
      resolve();
    });
  });
}
