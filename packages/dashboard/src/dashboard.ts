// dashboard.ts — puts the stations together, in one process, one worker thread and one child process.
//
//   open:   lock the data folder, spool ▶ engine (a child process) ▶ store (a thread) ▶ query, live, api ▶ doors
//   close:  refuse new requests ▶ finish answers ▶ flush the store, at most 5 s ▶ engine ▶ spool, lock
//
// The doors are open before the engine is ready: what senders send is kept, queries are asked to come again.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Access, createApi, type AccessOptions } from "./api/api.ts";
import type { PipelineStatus, StationStatus } from "./contract/contract.ts";
import { checkDoors, openDoors, type Addresses, type DoorOptions } from "./doors/doors.ts";
import { openClient, openEngine, type Engine, type EngineOptions } from "./engine/engine.ts";
import { openLive } from "./live/live.ts";
import { openQuery } from "./query/query.ts";
import { Receiver, type SenderLimits } from "./receive/receive.ts";
import { Station, type Log } from "./self/self.ts";
import { openSpool, type Spool } from "./spool/spool.ts";
import { openStore, type Store, type StoreOptions } from "./store/store.ts";
import { Views } from "./views/views.ts";

export { PortUnavailableError } from "./listen/listen.ts";
export { DataFolderInUseError, type DataFolderHolder } from "./spool/spool.ts";

/** The version of this package. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  }
).version;

export interface DashboardOptions extends DoorOptions {
  /** Pages of these origins may send OTLP, beside those on this machine: `https://shop.example`. */
  readonly corsOrigins?: readonly string[];
  /** What one sender may send. Default: no limit. */
  readonly senderLimits?: SenderLimits;
  /** What is in the ClickHouse inside survives a power cut, too. Default: false. */
  readonly fsync?: boolean;
  /** Where everything is kept; created if it is absent. */
  readonly dataDirectory: string;
  /** A ClickHouse to use instead of the one inside. */
  readonly clickhouseUrl?: string;
  /** How long data is kept. Default: 7 days. */
  readonly retentionMs?: number;
  /** How much is kept on disk. Default: 10 GB. */
  readonly retentionBytes?: number;
  /** How much may wait on disk for ClickHouse before senders are asked to wait. Default: 4 GiB. */
  readonly spoolBytes?: number;
  /** Memory limit of the ClickHouse inside. Default: a quarter of the memory, at most 2 GiB. */
  readonly engineMemoryBytes?: number;
  /** Told what an operator may have to act on. Default: nobody. */
  readonly log?: Log;
}

/** A running dashboard. */
export interface DashboardHandle extends Addresses {
  readonly dataDirectory: string;
  readonly version: string;
  /**
   * Resolves when ClickHouse answers. What arrives before is kept.
   * @throws {Error} with a sentence for a person when it never will, or has not within `timeoutMs` (30 000).
   */
  engineReady(timeoutMs?: number): Promise<void>;
  /** Resolves when everything acknowledged until now is in ClickHouse. */
  stored(): Promise<void>;
  status(): StationStatus[];
  /** Stops cleanly: nothing that was acknowledged is lost. Later calls wait for the first. */
  close(): Promise<void>;
}

/** How long answers may take to end when the dashboard stops. */
const CLOSE_GRACE_MS = 5_000;
/** How long the store may then take to insert what it holds. */
const FLUSH_TIMEOUT_MS = 5_000;

/**
 * Opens a dashboard and resolves when its doors are open.
 * @throws {DataFolderInUseError} when another dashboard works in the data folder.
 * @throws {PortUnavailableError} when a port that was asked for is taken.
 * @throws {Error} with a sentence for a person, for everything else that keeps it from starting.
 */
export async function openDashboard(options: DashboardOptions): Promise<DashboardHandle> {
  checkDoors(options);
  const { dataDirectory, spoolBytes, log = () => {} } = options;
  const closers = new Closers();
  try {
    const spool = await openSpool({ dataDirectory, ...(spoolBytes && { bytesMax: spoolBytes }) });
    closers.add(() => spool.close());
    const engine = await openEngine(engineOptions(options));
    closers.add(() => engine.close());
    const store = openStore(storeOptions(options, spool, engine));
    store.onCheckpoint((signal, position) => spool.releaseBefore(signal, position));
    closers.add(() => store.close());
    closers.add(() => flush(engine, store));

    const client = openClient(engine.endpoint);
    closers.add(() => client.close());
    const views = new Views({ client, engine });
    closers.add(() => views.close());
    const query = openQuery({ client, isEmbedded: options.clickhouseUrl === undefined });

    const startTimeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
    const live = openLive({ version: VERSION, pipeline: () => pipeline() });
    closers.add(() => live.close());
    views.onChange((all) => live.setViews(all));
    const receiver = new Receiver({
      spool,
      publish: (batch, receivedAtMs) => live.publish(batch, receivedAtMs),
      handOver: (batch, position, receivedAtMs) => store.handOver(batch, position, receivedAtMs),
      ...(options.senderLimits && { limits: options.senderLimits }),
      tell: (error) => log("error", `A request of OTLP failed: ${(error as Error).stack}`),
    });
    const answers = new Station("api");
    const stations = [receiver, spool, store, engine, live, query, answers];
    const status = () => stations.map((station) => station.status());
    const pipeline = (): PipelineStatus => {
      const quarantine = store.quarantined();
      return { version: VERSION, startTimeUnixNano, stations: status(), quarantine };
    };

    const access = new Access(accessOptions(options));
    const api = createApi({
      access,
      engine,
      query,
      live,
      views,
      pipeline,
      station: answers,
      tell: (error) => log("error", `A request to the API failed: ${(error as Error).stack}`),
    });
    const doors = await openDoors({ receiver, api, access }, options, log);
    closers.add(() => doors.close(CLOSE_GRACE_MS));
    closers.add(() => receiver.close());
    closers.add(logStateOf(engine, log));

    spool.announce(doors.url);
    const { url, otlpHttpUrl, otlpGrpcUrl } = doors;
    return {
      url,
      otlpHttpUrl,
      ...(otlpGrpcUrl && { otlpGrpcUrl }),
      dataDirectory,
      version: VERSION,
      engineReady: (timeoutMs) => engine.whenReady(timeoutMs),
      stored: () => store.drained(),
      status,
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** What is open, closed in the opposite order; what fails does not keep the rest open. */
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
    const failures: unknown[] = [];
    for (const closer of this.#closers) {
      try {
        await closer();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

function engineOptions(options: DashboardOptions): EngineOptions {
  const { dataDirectory, clickhouseUrl, engineMemoryBytes, fsync = false } = options;
  if (clickhouseUrl !== undefined) return { url: clickhouseUrl };
  return { dataDirectory, fsync, ...(engineMemoryBytes && { memoryBytes: engineMemoryBytes }) };
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

function accessOptions({ host, token, corsOrigins }: DashboardOptions): AccessOptions {
  return {
    ...(host !== undefined && { host }),
    ...(token !== undefined && { token }),
    ...(corsOrigins !== undefined && { corsOrigins }),
  };
}

/** Says when ClickHouse goes away and comes back. Returns the function that ends it. */
function logStateOf(engine: Engine, log: Log): () => void {
  let isDown = false;
  const tell = (state: Engine["state"]) => {
    if (state === "down") log("warn", engine.status().message ?? "ClickHouse does not answer");
    if (state === "ready" && isDown) log("info", "ClickHouse answers again");
    if (state !== "starting") isDown = state === "down";
  };
  tell(engine.state);
  return engine.onStateChange(tell);
}

/** Gives the store some time; what is not inserted then is in the spool, for the next start. */
async function flush(engine: Engine, store: Store): Promise<void> {
  if (engine.state !== "ready") return;
  const timeout = new AbortController();
  const tooLate = delay(FLUSH_TIMEOUT_MS, undefined, { signal: timeout.signal });
  await Promise.race([store.drained(), tooLate]);
  timeout.abort();
}
