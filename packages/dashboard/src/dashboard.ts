// dashboard.ts — puts the stations together, in one process, one worker thread and one child process.
//
//   open:   lock the data folder, spool ▶ engine (a child process) ▶ store (a thread) ▶ ports
//   close:  refuse new requests ▶ finish answers ▶ flush the store, at most 5 s ▶ engine ▶ spool, lock
//
// The ports are open before the engine is ready: what senders send is kept, queries are asked to come
// again. Every port serves everything.

import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { StationStatus } from "./contract/contract.ts";
import { Access } from "./api/access.ts";
import { openEngine, type Engine, type EngineOptions } from "./engine/engine.ts";
import { openListener, type Listener, type ListenOptions } from "./listen/listen.ts";
import {
  createHttpDoor,
  isOtlpPath,
  openGrpcDoor,
  Receiver,
  type Visitor,
} from "./receive/receive.ts";
import type { Log } from "./self/self.ts";
import { openSpool, type Spool } from "./spool/spool.ts";
import { openStore, type StoreOptions } from "./store/store.ts";

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
  /** Where senders connect with OTLP over gRPC; absent where that is closed. */
  readonly otlpGrpcUrl?: string;
  readonly dataDirectory: string;
  readonly version: string;
  /**
   * Resolves when ClickHouse answers. What arrives before is kept.
   * @throws {Error} with a sentence for a person when it never will, or has not within `timeoutMs` (30 000).
   */
  engineReady(timeoutMs?: number): Promise<void>;
  status(): StationStatus[];
  /** Stops cleanly: nothing that was acknowledged is lost. Later calls wait for the first. */
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
const DEFAULT_PORT = 4320;
const DEFAULT_OTLP_HTTP_PORT = 4318;
const DEFAULT_OTLP_GRPC_PORT = 4317;
/** How long answers may take to end when the dashboard stops. */
const CLOSE_GRACE_MS = 5_000;
/** How long the store may then take to insert what it holds; the rest is in the spool for the next start. */
const FLUSH_TIMEOUT_MS = 5_000;

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
    const engine = await openEngine(engineOptions(options));
    closers.add(() => engine.close());
    const store = openStore(storeOptions(options, spool, engine));
    store.onCheckpoint((signal, position) => spool.releaseBefore(signal, position));
    closers.add(() => store.close());
    closers.add(() => atMost(FLUSH_TIMEOUT_MS, store.drained()));
    const receiver = new Receiver({
      spool,
      publish: () => {},
      handOver: (batch, position, receivedAtMs) => store.handOver(batch, position, receivedAtMs),
    });
    const access = new Access({
      host,
      ...(options.token !== undefined && { token: options.token }),
    });
    const ports = await openPorts({ receiver, access, closers }, options);
    closers.add(() => receiver.close());
    closers.add(logStateOf(engine, options.log));

    spool.announce(ports.url);
    return {
      ...ports,
      dataDirectory,
      version: VERSION,
      engineReady: (timeoutMs) => engine.whenReady(timeoutMs),
      status: () => [receiver, spool, store, engine].map((station) => station.status()),
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

function engineOptions(options: DashboardOptions): EngineOptions {
  const { dataDirectory, clickhouseUrl, engineMemoryBytes } = options;
  if (clickhouseUrl !== undefined) return { url: clickhouseUrl };
  return { dataDirectory, ...(engineMemoryBytes && { memoryBytes: engineMemoryBytes }) };
}

function storeOptions(options: DashboardOptions, spool: Spool, engine: Engine): StoreOptions {
  const { dataDirectory, retentionMs, retentionBytes } = options;
  return {
    endpoint: engine.endpoint,
    spoolDirectory: spool.directory,
    spoolId: spool.id,
    quarantineDirectory: join(dataDirectory, "quarantine"),
    ends: { traces: spool.end("traces"), metrics: spool.end("metrics"), logs: spool.end("logs") },
    ...(retentionMs && { retentionMs }),
    ...(retentionBytes && { retentionBytes }),
  };
}

/** Says when ClickHouse goes away and comes back. Returns the function that ends it. */
function logStateOf(engine: Engine, log: Log = () => {}): () => void {
  let wasDown = false;
  return engine.onStateChange((state) => {
    if (state === "down") log("warn", engine.status().message ?? "ClickHouse does not answer");
    if (state === "ready" && wasDown) log("info", "ClickHouse answers again");
    wasDown = state !== "ready" && (wasDown || state === "down");
  });
}

/** Waits for a promise, but no longer than that. */
async function atMost(timeoutMs: number, promise: Promise<unknown>): Promise<void> {
  const timeout = new AbortController();
  await Promise.race([promise, delay(timeoutMs, undefined, { signal: timeout.signal })]);
  timeout.abort();
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

function createListener(receiver: Receiver, access: Access): RequestListener {
  const otlp = createHttpDoor(receiver, (visitor) => access.refuse(visitor));
  return (request, response) => {
    if (isOtlpPath(request.url ?? "")) otlp(request, response);
    else response.writeHead(404).end();
  };
}

/** Where a dashboard is reached. */
interface Addresses {
  url: string;
  otlpHttpUrl: string;
  otlpGrpcUrl?: string;
}

interface Behind {
  readonly receiver: Receiver;
  readonly access: Access;
  readonly closers: Closers;
}

async function openPorts(
  { receiver, access, closers }: Behind,
  options: DashboardOptions,
): Promise<Addresses> {
  const { host = LOOPBACK, port = DEFAULT_PORT, otlpHttpPort, otlpGrpcPort } = options;
  const listener = createListener(receiver, access);
  const keep = <L extends Listener>(opened: L): L => {
    closers.add(() => opened.close(CLOSE_GRACE_MS));
    return opened;
  };
  const page = keep(await openListener(listener, { host, port, option: "--port" }));
  const url = (of: Listener) => `http://${hostInUrl(host)}:${of.port}`;
  const addresses: Addresses = { url: `${url(page)}/`, otlpHttpUrl: url(page) };
  if (otlpHttpPort !== "off") {
    const at = otlpPort(host, "--otlp-http-port", otlpHttpPort, DEFAULT_OTLP_HTTP_PORT);
    const otlp = keep(await openListener(listener, at));
    addresses.otlpHttpUrl = url(otlp);
    sayMoved(options, otlp, url(otlp));
  }
  if (otlpGrpcPort !== "off") {
    const at = otlpPort(host, "--otlp-grpc-port", otlpGrpcPort, DEFAULT_OTLP_GRPC_PORT);
    const check = (visitor: Visitor) => access.refuse(visitor);
    const otlp = keep(await openGrpcDoor(receiver, { ...at, check }));
    addresses.otlpGrpcUrl = url(otlp);
    sayMoved(options, otlp, url(otlp));
  }
  return addresses;
}

/** A default port may be a Collector's or a Jaeger's already; one that was asked for is meant. */
function otlpPort(
  host: string,
  option: string,
  asked: number | undefined,
  usual: number,
): ListenOptions {
  return { host, port: asked ?? usual, option, mayMove: asked === undefined };
}

function sayMoved({ log }: DashboardOptions, listener: Listener, url: string): void {
  if (listener.movedFrom === undefined) return;
  log?.(
    "warn",
    `Port ${listener.movedFrom} is taken by another receiver: OTEL_EXPORTER_OTLP_ENDPOINT=${url}`,
  );
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
