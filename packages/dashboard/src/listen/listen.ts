// listen.ts — the ports of the dashboard: opened, replaced where they may be, and closed without cutting answers off.
//
// Every HTTP port serves everything. Slow clients are cut off: a request has 10 s for its headers and 60 s for
// its body, so nobody holds a connection with a byte a minute.

import { createServer, type RequestListener, type Server as HttpServer } from "node:http";
import type { AddressInfo, Server as NetServer } from "node:net";

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than the idle time of usual proxies and agents, so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const TIMEOUT_CHECK_INTERVAL_MS = 5_000;
const CONNECTIONS_MAX = 10_000;
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
  /** How long an HTTP request may take to arrive. Default: 60 s, of which 10 s for its headers. */
  readonly requestTimeoutMs?: number;
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
 * Opens an HTTP port.
 * @throws {PortUnavailableError} when it cannot be opened, nor another in its place.
 */
export async function openListener(
  listener: RequestListener,
  options: ListenOptions,
): Promise<Listener> {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const timeouts = {
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_INTERVAL_MS, requestTimeoutMs),
  };
  const server = createServer(timeouts, listener);
  const port = await openPort(server, options);
  return { ...port, close: (graceMs) => closeServer(server, graceMs) };
}

/**
 * Makes any server listen.
 * @throws {PortUnavailableError} when the port cannot be opened, nor another in its place.
 */
export async function openPort(server: NetServer, options: ListenOptions): Promise<OpenPort> {
  server.maxConnections = CONNECTIONS_MAX;
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

function closeServer(server: HttpServer, graceMs: number): Promise<void> {
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
