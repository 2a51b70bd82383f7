// sessions.ts — who may use which session, what runs on them, and how it is stopped.
//
// A statement begins with the comment `/* <tag> */`: that is how it is found in system.processes and killed, when
// nobody waits for its answer any more. Killing is asynchronous and may come too early, so it is repeated until the
// statement has ended. (`KILL … SYNC` never returns in the embedded engine.)

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Lane } from "./lane.ts";
import { stringLiteral } from "./literal.ts";
import type { EngineSession, SessionState, WholeAnswer } from "./session.ts";

export type LaneName = "query" | "insert" | "reader" | "control";

/** A statement on its way. */
export interface Task {
  readonly sql: string;
  readonly state: SessionState;
  /** As the client knows it. */
  readonly queryId: string;
  /** Aborted when the receiver of the answer has left. */
  readonly signal: AbortSignal;
}

const KILL_EVERY_MS = 100;

const NOTHING_SET: SessionState = {
  database: "default",
  settings: new Map(),
  parameters: new Map(),
};

export class Sessions {
  readonly #lanes: Readonly<Record<LaneName, Lane>>;
  /** Query ids by tag. */
  readonly #running = new Map<string, string>();
  /** Statements that nobody waited for any more. */
  killedCount = 0;

  constructor(lanes: Readonly<Record<LaneName, Lane>>) {
    this.#lanes = lanes;
  }

  get busyCount(): number {
    return Object.values(this.#lanes).reduce((sum, lane) => sum + lane.busyCount, 0);
  }

  get waitingCount(): number {
    return Object.values(this.#lanes).reduce((sum, lane) => sum + lane.waitingCount, 0);
  }

  /**
   * Waits for a session of the lane, makes it see the task's state, and lets `use` run the task's statement on it.
   * Whoever leaves gives up the place; what runs for nobody is killed.
   */
  async use<Result>(
    lane: LaneName,
    task: Task,
    use: (session: EngineSession, tagged: string) => Promise<Result>,
  ): Promise<Result> {
    const tag = randomUUID();
    const session = await this.#lanes[lane].acquire(task.signal);
    let isClean = false;
    let killing: NodeJS.Timeout | undefined;
    const onLeft = () => {
      this.killedCount++;
      killing = setInterval(() => void this.#tryToKill(tag), KILL_EVERY_MS);
      void this.#tryToKill(tag);
    };
    try {
      await session.prepare(task.state, task.sql);
      task.signal.throwIfAborted();
      task.signal.addEventListener("abort", onLeft, { once: true });
      this.#running.set(tag, task.queryId);
      const result = await use(session, `/* ${tag} */ ${task.sql}`);
      isClean = !task.signal.aborted;
      return result;
    } finally {
      clearInterval(killing);
      task.signal.removeEventListener("abort", onLeft);
      this.#running.delete(tag);
      if (!isClean) await session.settle();
      this.#lanes[lane].release(session);
    }
  }

  /** Runs a statement of the door's own, which is short. */
  async control(sql: string): Promise<WholeAnswer> {
    const lane = this.#lanes.control;
    const session = await lane.acquire(new AbortController().signal);
    try {
      await session.prepare(NOTHING_SET, sql);
      return await session.run(sql, "TabSeparatedRaw");
    } catch (error) {
      await session.settle();
      throw error;
    } finally {
      lane.release(session);
    }
  }

  /** Kills the statement that its client calls by this id, or returns undefined. */
  async kill(queryId: string): Promise<WholeAnswer | undefined> {
    for (const [tag, id] of this.#running) if (id === queryId) return await this.#killTag(tag);
    return undefined;
  }

  /** Waits for what runs, at most this long, then kills it, then closes all sessions. */
  async close(graceMs: number): Promise<void> {
    const graceUntil = performance.now() + graceMs;
    while (this.#running.size > 0 && performance.now() < graceUntil) await delay(20);
    const killUntil = performance.now() + graceMs;
    while (this.#running.size > 0 && performance.now() < killUntil) {
      for (const tag of this.#running.keys()) await this.#tryToKill(tag);
      await delay(KILL_EVERY_MS);
    }
    for (const lane of Object.values(this.#lanes)) lane.close();
  }

  /** An attempt that fails is followed by another one, or by the end of the statement. */
  async #tryToKill(tag: string): Promise<void> {
    await this.#killTag(tag).catch(() => {});
  }

  #killTag(tag: string): Promise<WholeAnswer> {
    const comment = stringLiteral(`/* ${tag} */`);
    return this.control(`KILL QUERY WHERE startsWith(query, ${comment}) ASYNC`);
  }
}
