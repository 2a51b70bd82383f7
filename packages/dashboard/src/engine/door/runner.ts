// runner.ts — takes one request from its statement to its answer: picks the lane, prepares the session, runs or
// streams, and kills what nobody waits for any more.

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";
import type { DoorCounters, DoorLimits } from "./door.ts";
import { DoorError } from "./door-error.ts";
import { outputFormat, withoutLines } from "./formats.ts";
import type { IncomingFolder } from "./incoming.ts";
import type { Lane } from "./lane.ts";
import { stringLiteral } from "./literal.ts";
import { readStatement } from "./request.ts";
import type { DoorRequest } from "./request.ts";
import { readerStatement, withoutFormat } from "./reader.ts";
import type { EngineSession, SessionState, WholeAnswer } from "./session.ts";
import { formatOf, insertFromFile, kindOf } from "./statement.ts";

/** How often a statement whose receiver has left is killed again, until it stops. */
const KILL_EVERY_MS = 100;

const NOTHING_SET: SessionState = {
  database: "default",
  settings: new Map(),
  parameters: new Map(),
};

export interface RunnerOptions {
  readonly lanes: Readonly<Record<"query" | "insert" | "reader" | "control", Lane>>;
  readonly limits: DoorLimits;
  readonly incoming: IncomingFolder;
}

/** One statement on its way: its id as the client knows it, and its tag as system.processes shows it. */
interface Task {
  readonly queryId: string;
  readonly tag: string;
  /** Aborted when the receiver has left. */
  readonly signal: AbortSignal;
  readonly answer: Answer;
}

export class Runner {
  readonly #lanes: RunnerOptions["lanes"];
  readonly #limits: DoorLimits;
  readonly #incoming: IncomingFolder;
  readonly #running = new Map<string, Task>();
  readonly #counters = {
    queries: 0,
    inserts: 0,
    inserted_rows: 0,
    inserted_bytes: 0,
    failed: 0,
    refused: 0,
    killed: 0,
  };

  constructor(options: RunnerOptions) {
    this.#lanes = options.lanes;
    this.#limits = options.limits;
    this.#incoming = options.incoming;
  }

  counters(): DoorCounters {
    const lanes = Object.values(this.#lanes);
    return {
      ...this.#counters,
      busy: lanes.reduce((sum, lane) => sum + lane.busyCount, 0),
      waiting: lanes.reduce((sum, lane) => sum + lane.waitingCount, 0),
    };
  }

  countFailure(code: number): void {
    if (code === 202) this.#counters.refused++;
    else this.#counters.failed++;
  }

  /** Answers a request. Errors before the answer's end are thrown; the caller writes them. */
  async run(
    request: IncomingMessage,
    response: ServerResponse,
    parsed: DoorRequest,
    answer: Answer,
  ): Promise<void> {
    const left = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished)
        left.abort(new DoorError(394, "QUERY_WAS_CANCELLED", "The receiver has left"));
    });
    const tag = randomUUID();
    const task: Task = { queryId: parsed.queryId ?? tag, tag, signal: left.signal, answer };
    response.setHeader("X-ClickHouse-Query-Id", task.queryId);
    if (
      parsed.query !== "" &&
      !parsed.reader &&
      hasBody(request) &&
      kindOf(parsed.query) === "insert"
    ) {
      await this.#insert(request, parsed, task);
      return;
    }
    const { sql, state } = await readStatement(request, parsed);
    if (sql.trim() === "")
      throw new DoorError(62, "SYNTAX_ERROR", "Cannot run statement: it is empty");
    if (request.method === "GET" && !["select", "describe"].includes(kindOf(sql))) {
      throw new DoorError(
        164,
        "READONLY",
        "Cannot run statement: with GET nothing can be changed, use POST",
      );
    }
    if (parsed.reader) await this.#read(sql, state, parsed, task);
    else await this.#execute(sql, state, parsed, task);
  }

  /** Resolves when the engine has answered a trivial query. */
  async pulse(): Promise<void> {
    await this.#control("SELECT 1");
  }

  /** Waits for what runs, at most this long, then kills it. */
  async close(graceMs: number): Promise<void> {
    const deadline = Date.now() + graceMs;
    while (this.#running.size > 0 && Date.now() < deadline) await sleep(20);
    const killed = Date.now() + graceMs;
    while (this.#running.size > 0 && Date.now() < killed) {
      for (const task of this.#running.values()) await this.#kill(task.tag);
      await sleep(KILL_EVERY_MS);
    }
  }

  // ---- one way for each kind of statement

  async #insert(request: IncomingMessage, parsed: DoorRequest, task: Task): Promise<void> {
    const file = await this.#incoming.receive(request, parsed.bodyEncoding);
    try {
      const sql = insertFromFile(parsed.query, file.path, file.compression);
      if (sql === undefined) {
        throw new DoorError(
          48,
          "NOT_IMPLEMENTED",
          "Cannot insert: data as the body needs INSERT … FORMAT or VALUES",
        );
      }
      // An insert that has arrived whole is finished, even if its sender has left: it may retry with the same token.
      const here = { ...task, signal: new AbortController().signal };
      const whole = await this.#onSession(
        this.#lanes.insert,
        parsed.state,
        sql,
        here,
        (session, tagged) => session.run(tagged, "TabSeparated"),
      );
      this.#counters.inserts++;
      this.#counters.inserted_rows += whole.rowsRead;
      this.#counters.inserted_bytes += file.sizeBytes;
      this.#endWhole(whole, parsed.defaultFormat, task, whole.rowsRead);
    } finally {
      await file.remove();
    }
  }

  async #execute(sql: string, state: SessionState, parsed: DoorRequest, task: Task): Promise<void> {
    const kind = kindOf(sql);
    if (kind === "kill") return await this.#executeKill(sql, parsed, task);
    const lane = kind === "insert" ? this.#lanes.insert : this.#lanes.query;
    const format = formatOf(sql) ?? parsed.defaultFormat;
    this.#counters.queries++;
    if (kind === "select" && outputFormat(format).headerLines !== undefined) {
      await this.#onSession(lane, state, sql, task, (session, tagged) =>
        this.#stream(session, tagged, format, task),
      );
      return;
    }
    const whole = await this.#onSession(lane, state, sql, task, async (session, tagged) => {
      try {
        return await session.run(tagged, format);
      } finally {
        if (kind === "session") session.renew(); // without a session of HTTP, a SET ends with its request
      }
    });
    this.#endWhole(whole, format, task);
  }

  async #read(sql: string, state: SessionState, parsed: DoorRequest, task: Task): Promise<void> {
    if (state.settings.size > 0) {
      const names = [...state.settings.keys()].join(", ");
      throw new DoorError(
        164,
        "READONLY",
        `Cannot change ${names}: settings are fixed for readers`,
      );
    }
    const format = formatOf(sql) ?? parsed.defaultFormat;
    const normalised = await this.#control(
      `SELECT formatQuerySingleLine(${stringLiteral(withoutFormat(sql))})`,
    );
    const wrapped = readerStatement(
      Buffer.from(normalised.bytes()).toString("utf8").trim(),
      this.#limits.readerRowsMax,
    );
    this.#counters.queries++;
    const whole = await this.#onSession(
      this.#lanes.reader,
      state,
      wrapped,
      task,
      (session, tagged) => session.run(tagged, format),
    );
    if (whole.bytes().length > this.#limits.readerBytesMax) {
      throw new DoorError(
        396,
        "TOO_MANY_ROWS_OR_BYTES",
        `Cannot answer: the result is larger than ${this.#limits.readerBytesMax} bytes; select less`,
      );
    }
    this.#endWhole(whole, format, task);
  }

  /** `KILL QUERY WHERE query_id = '…'` means the id that the client gave, which the engine does not know. */
  async #executeKill(sql: string, parsed: DoorRequest, task: Task): Promise<void> {
    if (/\bSYNC\b/i.test(sql) && !/\bASYNC\b/i.test(sql)) {
      throw new DoorError(
        48,
        "NOT_IMPLEMENTED",
        "Cannot wait for a kill: the embedded engine never returns from SYNC; use ASYNC",
      );
    }
    const id = /^\s*KILL\s+QUERY\s+WHERE\s+query_id\s*=\s*'([^'\\]*)'/i.exec(sql)?.[1];
    const target = [...this.#running.values()].find((other) => other.queryId === id);
    const whole = target === undefined ? await this.#control(sql) : await this.#kill(target.tag);
    this.#endWhole(whole, formatOf(sql) ?? parsed.defaultFormat, task);
  }

  // ---- sessions

  /** Waits for a session of the lane and uses it; whoever has left is not waited for, and what it asked is killed. */
  async #onSession<Result>(
    lane: Lane,
    state: SessionState,
    sql: string,
    task: Task,
    use: (session: EngineSession, tagged: string) => Promise<Result>,
  ): Promise<Result> {
    const session = await lane.acquire(task.signal);
    let settled = false;
    let killing: NodeJS.Timeout | undefined;
    const onLeft = () => {
      this.#counters.killed++;
      killing = setInterval(() => void this.#kill(task.tag).catch(() => {}), KILL_EVERY_MS);
      void this.#kill(task.tag).catch(() => {}); // tried again by the interval, until the statement ends
    };
    try {
      await session.prepare(state, sql);
      task.signal.throwIfAborted();
      task.signal.addEventListener("abort", onLeft, { once: true });
      this.#running.set(task.tag, task);
      const result = await use(session, `/* ${task.tag} */ ${sql}`);
      settled = !task.signal.aborted;
      return result;
    } finally {
      clearInterval(killing);
      task.signal.removeEventListener("abort", onLeft);
      this.#running.delete(task.tag);
      if (!settled) await session.settle();
      lane.release(session);
    }
  }

  async #control(sql: string): Promise<WholeAnswer> {
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

  async #kill(tag: string): Promise<WholeAnswer> {
    return await this.#control(
      `KILL QUERY WHERE startsWith(query, ${stringLiteral(`/* ${tag} */`)}) ASYNC`,
    );
  }

  // ---- answers

  async #stream(session: EngineSession, sql: string, format: string, task: Task): Promise<void> {
    const { contentType, headerLines = 0 } = outputFormat(format);
    const { answer, queryId } = task;
    for await (const chunk of session.stream(sql, format)) {
      const first = !answer.begun;
      if (first) answer.begin({ queryId, format, contentType });
      await answer.write(first ? chunk.raw() : withoutLines(chunk.raw(), headerLines), task.signal);
    }
    if (!answer.begun) {
      answer.begin({ queryId, format, contentType });
      // No chunk, no header: the engine makes it when asked for the whole of the empty answer.
      if (headerLines > 0)
        await answer.write((await session.run(sql, format)).bytes(), task.signal);
    }
    answer.end();
  }

  #endWhole(whole: WholeAnswer, format: string, task: Task, writtenRows = 0): void {
    task.answer.begin({
      queryId: task.queryId,
      format,
      contentType: outputFormat(format).contentType,
      summary: {
        readRows: whole.rowsRead,
        readBytes: whole.bytesRead,
        writtenRows,
        writtenBytes: writtenRows === 0 ? 0 : whole.bytesRead,
        elapsedSeconds: whole.elapsed,
      },
    });
    task.answer.end(whole.bytes());
  }
}

function hasBody(request: IncomingMessage): boolean {
  const { "content-length": length, "transfer-encoding": chunked } = request.headers;
  return chunked !== undefined || (length !== undefined && length !== "0");
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
