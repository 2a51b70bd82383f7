// engine.ts — ClickHouse, wherever it is: embedded in a child process of ours, or a server of yours by URL.
//
//   openEngine({ dataDirectory })  ─▶ child process: chdb + ClickHouse's HTTP interface on a Unix socket
//   openEngine({ url })            ─▶ the server behind the URL
//
// Both are the same to everybody else: an endpoint for `openClient`, and a state. Whoever asks while the engine is
// down gets an error at once (the socket refuses), and may ask again; nobody is held.

import type { StationStatus } from "../contract/contract.ts";
import type { ClickHouseEndpoint } from "./client.ts";
import { openEmbeddedEngine } from "./embedded.ts";
import type { EmbeddedEngineOptions } from "./embedded.ts";
import { openRemoteEngine } from "./remote.ts";
import type { RemoteEngineOptions } from "./remote.ts";

export { openClient } from "./client.ts";
export type { ClickHouseClient, ClickHouseEndpoint } from "./client.ts";
export type { EmbeddedEngineOptions } from "./embedded.ts";
export { isEngineUnavailable, prospectOf } from "./errors.ts";
export { planReaderStatement } from "./reader-statement.ts";
export type { RemoteEngineOptions } from "./remote.ts";

export type EngineState = "starting" | "ready" | "down";

export interface Engine {
  /** Constant for the engine's life, over restarts too. */
  readonly endpoint: ClickHouseEndpoint;
  readonly state: EngineState;
  /** Of the child process; absent for a server, and while no child runs. */
  readonly pid?: number | undefined;
  /**
   * Resolves when statements are answered.
   * @throws {EngineLockedError | EngineUnsupportedError | EngineStartError} when waiting longer is of no use;
   * `EngineStartError` also when `timeoutMs` (default 30 000) has passed.
   */
  whenReady(timeoutMs?: number): Promise<void>;
  /** Calls back on each change of state, until the returned function is called. */
  onStateChange(listener: (state: EngineState) => void): () => void;
  status(): StationStatus;
  /** Ends the child process, after what runs; waits for it. */
  close(): Promise<void>;
}

export type EngineOptions = EmbeddedEngineOptions | RemoteEngineOptions;

/**
 * Opens the engine and returns as soon as it starts; `whenReady` and `onStateChange` tell the rest.
 * @throws {EngineUnsupportedError} at once when this installation has no embedded ClickHouse.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  return "url" in options ? openRemoteEngine(options) : await openEmbeddedEngine(options);
}
