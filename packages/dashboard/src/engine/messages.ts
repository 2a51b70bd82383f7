// messages.ts — what parent and engine process say to each other over the IPC channel. When the channel closes,
// the engine process ends.

import type { DoorCounters, DoorLimits } from "./door/door.ts";

export interface OpenMessage {
  readonly type: "open";
  readonly databaseDirectory: string;
  readonly definitionsDirectory: string;
  readonly incomingDirectory: string;
  /** The process before ended because of a lost write: its last insert may be stored and not known. */
  readonly hadLostWrite: boolean;
  readonly configPath: string;
  readonly socketPath: string;
  readonly limits: DoorLimits;
}

export interface CloseMessage {
  readonly type: "close";
}

export type ToEngine = OpenMessage | CloseMessage;

export interface ReadyMessage {
  readonly type: "ready";
  readonly version: string;
}

/** The engine process cannot open, or must not go on; it ends after this. */
export interface FailedMessage {
  readonly type: "failed";
  /**
   * "unfit": the surroundings are, and stay so. "other" may pass: a full disk, a lock. ClickHouse's reason is on stderr.
   * "lost write": see door/lost-writes.ts.
   */
  readonly reason: "unsupported" | "unfit" | "other" | "lost write";
  readonly message: string;
}

/** Sent about every second, after ClickHouse itself has answered: its absence means that the engine hangs. */
export interface PulseMessage {
  readonly type: "pulse";
  readonly counters: DoorCounters;
  readonly residentBytes: number;
}

export type FromEngine = ReadyMessage | FailedMessage | PulseMessage;
