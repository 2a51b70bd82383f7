// dashboard.ts — puts the stations together, in one process, one worker thread and one child process.
//
//   open:   lock the data folder ▶ spool ▶ HTTP ports
//   close:  refuse new requests ▶ finish answers ▶ spool, lock
//
// The ports are open before the engine is ready: what senders send is kept, queries are asked to come
// again. Every port serves everything.

import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { isIPv4 } from "node:net";
import type { StationStatus } from "./contract/contract.ts";
import { openListener, type Listener } from "./listen/listen.ts";
import { createHttpDoor, isOtlpPath, Receiver } from "./receive/receive.ts";
import type { Log } from "./self/self.ts";
import { openSpool } from "./spool/spool.ts";

export { PortUnavailableError } from "./listen/listen.ts";
export { DataFolderInUseError, type DataFolderHolder } from "./spool/spool.ts";

/** The version of this package. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  }
).version;

export interface DashboardOptions {
  /** Where everything is kept; created if it is absent. */
  readonly dataDirectory: string;
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
  /** A ClickHouse to use instead of the one inside. */
  readonly clickhouseUrl?: string;
  readonly retentionMs?: number;
  readonly retentionBytes?: number;
  readonly engineMemoryBytes?: number;
  /** Told what an operator may have to act on. Default: nobody. */
  readonly log?: Log;
}

/** A running dashboard. */
export interface DashboardHandle {
  /** Address of the page and the API, with a slash at the end. */
  readonly url: string;
  /** Where senders post OTLP over HTTP: a port of its own, or the page's where that is closed. */
  readonly otlpHttpUrl: string;
  readonly dataDirectory: string;
  readonly version: string;
  status(): StationStatus[];
  /** Stops cleanly: nothing that was acknowledged is lost. Later calls wait for the first. */
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
const DEFAULT_PORT = 4320;
const DEFAULT_OTLP_HTTP_PORT = 4318;
/** How long answers may take to end when the dashboard stops. */
const CLOSE_GRACE_MS = 5_000;

/**
 * Opens a dashboard and resolves when its ports are.
 * @throws {DataFolderInUseError} when another dashboard works in the data folder.
 * @throws {PortUnavailableError} when a port that was asked for is taken.
 */
export async function openDashboard(options: DashboardOptions): Promise<DashboardHandle> {
  const { dataDirectory, host = LOOPBACK } = options;
  refuseOpenHost(host, options.token);
  const closers = new Closers();
  try {
    const spool = await openSpool({ dataDirectory });
    closers.add(() => spool.close());
    const receiver = new Receiver({ spool, publish: () => {}, handOver: () => {} });
    const listeners = await openListeners(createListener(receiver), closers, options);
    closers.add(() => receiver.close());

    const url = `http://${hostInUrl(host)}:${listeners.page.port}/`;
    spool.announce(url);
    return {
      url,
      otlpHttpUrl: `http://${hostInUrl(host)}:${listeners.otlp.port}`,
      dataDirectory,
      version: VERSION,
      status: () => [receiver.status(), spool.status()],
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** What is open, closed in the opposite order. */
class Closers {
  readonly #closers: (() => void | Promise<void>)[] = [];
  #closing: Promise<void> | undefined;

  add(closer: () => void | Promise<void>): void {
    this.#closers.unshift(closer);
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (const closer of this.#closers) await closer();
  }
}

function createListener(receiver: Receiver): RequestListener {
  const otlp = createHttpDoor(receiver);
  return (request, response) => {
    if (isOtlpPath(request.url ?? "")) otlp(request, response);
    else response.writeHead(404).end();
  };
}

async function openListeners(
  listener: RequestListener,
  closers: Closers,
  options: DashboardOptions,
): Promise<{ page: Listener; otlp: Listener }> {
  const { host = LOOPBACK, port = DEFAULT_PORT, otlpHttpPort, log } = options;
  const page = await openListener(listener, { host, port, option: "--port" });
  closers.add(() => page.close(CLOSE_GRACE_MS));
  if (otlpHttpPort === "off") return { page, otlp: page };

  const otlp = await openListener(listener, {
    host,
    port: otlpHttpPort ?? DEFAULT_OTLP_HTTP_PORT,
    option: "--otlp-http-port",
    mayMove: otlpHttpPort === undefined,
  });
  closers.add(() => otlp.close(CLOSE_GRACE_MS));
  if (otlp.movedFrom !== undefined) {
    const endpoint = `http://${hostInUrl(host)}:${otlp.port}`;
    log?.(
      "warn",
      `Port ${otlp.movedFrom} is taken by another receiver; set OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`,
    );
  }
  return { page, otlp };
}

function refuseOpenHost(host: string, token: string | undefined): void {
  if (token !== undefined || isLoopback(host)) return;
  throw new Error(
    `Cannot listen on "${host}": whoever reaches that address could read and write everything; set --token`,
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
