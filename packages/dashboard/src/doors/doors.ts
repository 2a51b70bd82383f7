// doors.ts — every way into the dashboard: the page's port, a port for OTLP over HTTP, a port for OTLP over gRPC.
//
// Every HTTP port serves everything; senders and people only have customary numbers of their own. A customary OTLP
// port may belong to a Collector or a Jaeger already: then a free one is opened. A port that was asked for is meant.

import type { RequestListener, ServerResponse } from "node:http";
import { isIPv4 } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import type { Access } from "../api/api.ts";
import {
  openListener,
  readTlsFiles,
  type Listener,
  type ListenOptions,
  type TlsFiles,
} from "../listen/listen.ts";
import { createHttpDoor, isOtlpRequest, openGrpcDoor, type Receiver } from "../receive/receive.ts";
import type { Log } from "../self/self.ts";

const LOOPBACK = "127.0.0.1";
const DEFAULT_PORT = 4320;
const DEFAULT_OTLP_HTTP_PORT = 4318;
const DEFAULT_OTLP_GRPC_PORT = 4317;
const LIVE_PATH = "/api/v1/live";

export interface DoorOptions {
  /** Default 127.0.0.1. Any address but loopback needs a token. */
  readonly host?: string;
  /** Page and API. Default 4320; 0 takes any free port. */
  readonly port?: number;
  /** OTLP over HTTP. Default 4318, or a free one where that is taken. */
  readonly otlpHttpPort?: number | "off";
  /** OTLP over gRPC. Default 4317, or a free one where that is taken. */
  readonly otlpGrpcPort?: number | "off";
  /** What senders and people must present. */
  readonly token?: string;
  /** All ports speak TLS, and nothing else, with the certificate and key of these files. */
  readonly tls?: TlsFiles;
}

/** Where a dashboard is reached. */
export interface Addresses {
  /** Of the page and the API, with a slash at the end. */
  readonly url: string;
  /** Where senders post OTLP over HTTP: a port of its own, or the page's where that is closed. */
  readonly otlpHttpUrl: string;
  /** Where senders connect with OTLP over gRPC; absent where that is closed. */
  readonly otlpGrpcUrl?: string;
}

export interface Doors extends Addresses {
  /** Stops accepting, lets answers end for `graceMs`, then cuts off what is left. */
  close(graceMs: number): Promise<void>;
}

/** What is behind the doors. */
export interface Inside {
  readonly receiver: Receiver;
  readonly api: Hono;
  readonly access: Access;
}

/**
 * Opens all doors, or none.
 * @throws {PortUnavailableError} when a port that was asked for is taken.
 */
export async function openDoors(inside: Inside, options: DoorOptions, log?: Log): Promise<Doors> {
  const { host = LOOPBACK, port = DEFAULT_PORT, otlpHttpPort, otlpGrpcPort, tls } = options;
  const { connections } = inside.receiver;
  const shared = { host, connections, ...(tls && { tls }), ...(log && { log }) };
  const streams = new Set<ServerResponse>();
  const listener = createListener(inside, streams);
  const listeners: Listener[] = [];
  const close = async (graceMs: number) => {
    for (const stream of streams) stream.destroy();
    await Promise.all(listeners.map((each) => each.close(graceMs)));
  };
  const keep = (opened: Listener): string => {
    listeners.push(opened);
    const scheme = tls === undefined ? "http" : "https";
    const url = `${scheme}://${hostInUrl(host)}:${opened.port}`;
    if (opened.movedFrom !== undefined) {
      const what = `Port ${opened.movedFrom} is taken by another receiver`;
      log?.("warn", `${what}: set OTEL_EXPORTER_OTLP_ENDPOINT=${url}`);
    }
    return url;
  };
  try {
    const url = keep(await openListener(listener, { ...shared, port, option: "--port" }));
    const addresses = { url: `${url}/`, otlpHttpUrl: url };
    if (otlpHttpPort !== "off") {
      const at = otlpPort("--otlp-http-port", otlpHttpPort, DEFAULT_OTLP_HTTP_PORT);
      addresses.otlpHttpUrl = keep(await openListener(listener, { ...shared, ...at }));
    }
    if (otlpGrpcPort === "off") return { ...addresses, close };
    const at = otlpPort("--otlp-grpc-port", otlpGrpcPort, DEFAULT_OTLP_GRPC_PORT);
    const check = inside.access.refuse.bind(inside.access);
    const grpc = await openGrpcDoor(inside.receiver, { ...shared, ...at, check });
    return { ...addresses, otlpGrpcUrl: keep(grpc), close };
  } catch (error) {
    await close(0);
    throw error;
  }
}

/**
 * Looks at the options before anything is opened.
 * @throws {Error} when everybody who reaches the address could read and write, or TLS has no files that it can use.
 */
export function checkDoors(options: DoorOptions): void {
  refuseOpenHost(options);
  if (options.tls !== undefined) readTlsFiles(options.tls);
}

function refuseOpenHost({ host = LOOPBACK, token }: DoorOptions): void {
  const isLoopback =
    host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
  if (token !== undefined || isLoopback) return;
  throw new Error(
    `Cannot listen on "${host}": whoever reaches that address could read and write everything; set --token`,
  );
}

/** Live streams are kept in `streams`: they do not end by themselves, and must not hold up the end. */
function createListener(
  { receiver, api, access }: Inside,
  streams: Set<ServerResponse>,
): RequestListener {
  const otlp = createHttpDoor(receiver, {
    check: access.refuse.bind(access),
    mayRead: access.mayRead.bind(access),
  });
  const rest = getRequestListener(api.fetch, { overrideGlobalObjects: false });
  return (request, response) => {
    if (isOtlpRequest(request)) return otlp(request, response);
    if (request.headers.expect !== undefined) response.writeContinue();
    if (request.url?.startsWith(LIVE_PATH)) {
      streams.add(response);
      response.once("close", () => streams.delete(response));
    }
    void rest(request, response);
  };
}

function otlpPort(
  option: string,
  asked: number | undefined,
  customary: number,
): Pick<ListenOptions, "port" | "option" | "mayMove"> {
  return { port: asked ?? customary, option, mayMove: asked === undefined };
}

function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
