// lane.ts — sessions of one purpose, handed out to one request at a time, first come first served.

import type { EngineSession } from "./session.ts";
import { DoorError } from "./door-error.ts";

interface Waiting {
  readonly take: (session: EngineSession) => void;
}

export class Lane {
  readonly name: string;
  readonly #free: EngineSession[];
  readonly #all: readonly EngineSession[];
  readonly #waiting = new Set<Waiting>();
  readonly #waitingMax: number;

  constructor(name: string, sessions: readonly EngineSession[], waitingMax: number) {
    this.name = name;
    this.#all = sessions;
    this.#free = [...sessions];
    this.#waitingMax = waitingMax;
  }

  /** Requests that run now. */
  get busyCount(): number {
    return this.#all.length - this.#free.length;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a session; give it back with `release`.
   * @throws {DoorError} 202 when too many requests wait already; the signal's reason when it is aborted.
   */
  async acquire(signal: AbortSignal): Promise<EngineSession> {
    signal.throwIfAborted();
    const session = this.#free.pop();
    if (session !== undefined) return session;
    if (this.#waiting.size >= this.#waitingMax) {
      throw new DoorError(
        202,
        "TOO_MANY_SIMULTANEOUS_QUERIES",
        `Cannot run statement: ${this.#waiting.size} requests wait for the ${this.name} sessions already; send it again later`,
      );
    }
    return await new Promise<EngineSession>((resolve, reject) => {
      const waiting: Waiting = {
        take: (session) => {
          signal.removeEventListener("abort", onAbort);
          resolve(session);
        },
      };
      const onAbort = () => {
        this.#waiting.delete(waiting);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(waiting);
    });
  }

  release(session: EngineSession): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free.push(session);
      return;
    }
    this.#waiting.delete(next);
    next.take(session);
  }

  close(): void {
    for (const session of this.#all) session.close();
  }
}
