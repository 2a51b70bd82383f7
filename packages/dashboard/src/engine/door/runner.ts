// runner.ts — takes one request from its statement to its answer, one way for each kind of statement.

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";
import type { DoorCounters, DoorLimits } from "./door.ts";
import { DoorError } from "./door-error.ts";
import { outputFormat, withoutLines } from "./formats.ts";
import type { IncomingFolder } from "./incoming.ts";
import { stringLiteral } from "./literal.ts";
import type { LostWrites } from "./lost-writes.ts";
import { readStatement } from "./request.ts";
import type { DoorRequest } from "./request.ts";
import { readerStatement, withoutFormat } from "./reader.ts";
import type { EngineSession, WholeAnswer } from "./session.ts";
import type { LaneName, Sessions, Task } from "./sessions.ts";
import { formatOf, insertFromFile, kindOf } from "./statement.ts";

export interface RunnerOptions {
  readonly sessions: Sessions;
  readonly incoming: IncomingFolder;
  readonly limits: DoorLimits;
  readonly lostWrites: LostWrites;
}

/** A request whose statement is known. */
interface Job extends Task {
  readonly format: string;
  readonly answer: Answer;
}

export class Runner {
  readonly #sessions: Sessions;
  readonly #incoming: IncomingFolder;
  readonly #limits: DoorLimits;
  readonly #lostWrites: LostWrites;
  readonly #counters = {
    queries: 0,
    inserts: 0,
    inserted_rows: 0,
    inserted_bytes: 0,
    failed: 0,
    refused: 0,
  };

  constructor(options: RunnerOptions) {
    this.#sessions = options.sessions;
    this.#incoming = options.incoming;
    this.#limits = options.limits;
    this.#lostWrites = options.lostWrites;
  }

  counters(): DoorCounters {
    const { killedCount: killed, busyCount: busy, waitingCount: waiting } = this.#sessions;
    return { ...this.#counters, killed, busy, waiting };
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
    const { query, reader } = parsed;
    const job: Job = {
      sql: query,
      state: parsed.state,
      queryId: parsed.queryId ?? randomUUID(),
      signal: leftSignal(response),
      format: parsed.defaultFormat,
      answer,
    };
    response.setHeader("X-ClickHouse-Query-Id", job.queryId);
    if (hasBody(request) && !reader && kindOf(query) === "insert") {
      return await this.#insert(job, request, parsed.bodyEncoding);
    }
    const { sql, state } = await readStatement(request, parsed);
    const kind = kindOf(sql);
    if (sql.trim() === "") {
      throw new DoorError(62, "SYNTAX_ERROR", "Cannot run statement: it is empty");
    }
    if (request.method === "GET" && kind !== "select" && kind !== "describe") {
      throw new DoorError(164, "READONLY", "Cannot run statement: GET changes nothing, use POST");
    }
    const named = { ...job, sql, state, format: formatOf(sql) ?? job.format };
    if (reader) await this.#read(named);
    else if (kind === "kill") await this.#kill(named);
    else if (kind === "select") await this.#select(named);
    else if (kind === "session") await this.#set(named);
    else await this.#execute(kind === "insert" ? "insert" : "query", named);
  }

  /** INSERT with its data as the body. */
  async #insert(job: Job, request: IncomingMessage, encoding: string | undefined): Promise<void> {
    const file = await this.#incoming.receive(request, encoding);
    try {
      const sql = insertFromFile(job.sql, file.path, file.compression);
      if (sql === undefined) {
        const need = "Cannot insert: data as the body needs INSERT … FORMAT or VALUES";
        throw new DoorError(48, "NOT_IMPLEMENTED", need);
      }
      // What has arrived whole is finished, even if its sender has left: it may retry with the same token.
      const task = { ...job, sql, signal: new AbortController().signal };
      const whole = await this.#sessions.use("insert", task, runWhole("TabSeparated"));
      await this.#lostWrites.check();
      this.#counters.inserts++;
      this.#counters.inserted_rows += whole.rowsRead;
      this.#counters.inserted_bytes += file.sizeBytes;
      answerWhole(job, whole, { writtenRows: whole.rowsRead });
    } finally {
      await file.remove();
    }
  }

  async #select(job: Job): Promise<void> {
    const { contentType, headerLines } = outputFormat(job.format);
    if (headerLines === undefined) return await this.#execute("query", job);
    const { queryId, format, answer, signal } = job;
    this.#counters.queries++;
    await this.#sessions.use("query", job, async (session, tagged) => {
      for await (const chunk of session.stream(tagged, format)) {
        const bytes = answer.begun ? withoutLines(chunk.raw(), headerLines) : chunk.raw();
        if (!answer.begun) answer.begin({ queryId, format, contentType });
        await answer.write(bytes, signal);
      }
      if (answer.begun) return answer.end();
      answer.begin({ queryId, format, contentType });
      // No chunk, no header: the engine makes it when asked for the whole of the empty answer.
      answer.end(headerLines > 0 ? (await session.run(tagged, format)).bytes() : undefined);
    });
  }

  /** Everything whose answer is made whole. */
  async #execute(lane: LaneName, job: Job): Promise<void> {
    this.#counters.queries++;
    const whole = await this.#sessions.use(lane, job, runWhole(job.format));
    const kind = kindOf(job.sql);
    if (kind === "insert" || kind === "other") await this.#lostWrites.check();
    answerWhole(job, whole);
  }

  /** SET and USE: there are no sessions over HTTP, so they end with their request. */
  async #set(job: Job): Promise<void> {
    this.#counters.queries++;
    const whole = await this.#sessions.use("query", job, async (session, tagged) => {
      try {
        return await session.run(tagged, job.format);
      } finally {
        session.renew();
      }
    });
    answerWhole(job, whole);
  }

  /** SQL from people. */
  async #read(job: Job): Promise<void> {
    const { readerRowsMax, readerBytesMax } = this.#limits;
    if (job.state.settings.size > 0) {
      const names = [...job.state.settings.keys()].join(", ");
      throw new DoorError(164, "READONLY", `Cannot set ${names}: settings are fixed for readers`);
    }
    const text = stringLiteral(withoutFormat(job.sql));
    const normalised = await this.#sessions.control(`SELECT formatQuerySingleLine(${text})`);
    const sql = readerStatement(textOf(normalised).trim(), readerRowsMax);
    this.#counters.queries++;
    const whole = await this.#sessions.use("reader", { ...job, sql }, runWhole(job.format));
    if (whole.bytes().length > readerBytesMax) {
      const tooMuch = `Cannot answer: the result has more than ${readerBytesMax} bytes; select less`;
      throw new DoorError(396, "TOO_MANY_ROWS_OR_BYTES", tooMuch);
    }
    answerWhole(job, whole);
  }

  /** `KILL QUERY WHERE query_id = '…'` means the id that the client gave, which the engine does not know. */
  async #kill(job: Job): Promise<void> {
    const { sql } = job;
    if (/\bSYNC\b/i.test(sql)) {
      const hangs =
        "Cannot wait for a kill: the embedded engine never returns from SYNC; use ASYNC";
      throw new DoorError(48, "NOT_IMPLEMENTED", hangs);
    }
    const id = /^\s*KILL\s+QUERY\s+WHERE\s+query_id\s*=\s*'([^'\\]*)'/i.exec(sql)?.[1];
    const killed = id === undefined ? undefined : await this.#sessions.kill(id);
    answerWhole(job, killed ?? (await this.#sessions.control(sql)));
  }
}

function runWhole(format: string) {
  return (session: EngineSession, sql: string): Promise<WholeAnswer> => session.run(sql, format);
}

function answerWhole(
  { answer, queryId, format }: Job,
  whole: WholeAnswer,
  written?: { writtenRows: number },
): void {
  answer.begin({
    queryId,
    format,
    contentType: outputFormat(format).contentType,
    summary: {
      readRows: whole.rowsRead,
      readBytes: whole.bytesRead,
      writtenRows: written?.writtenRows ?? 0,
      writtenBytes: written === undefined ? 0 : whole.bytesRead,
      elapsedSeconds: whole.elapsed,
    },
  });
  answer.end(whole.bytes());
}

function textOf(whole: WholeAnswer): string {
  return Buffer.from(whole.bytes()).toString("utf8");
}

/** Aborted when the connection ends before the answer has. */
function leftSignal(response: ServerResponse): AbortSignal {
  const left = new AbortController();
  response.once("close", () => {
    if (response.writableFinished) return;
    left.abort(new DoorError(394, "QUERY_WAS_CANCELLED", "The receiver has left"));
  });
  return left.signal;
}

function hasBody(request: IncomingMessage): boolean {
  const { "content-length": length, "transfer-encoding": chunked } = request.headers;
  return chunked !== undefined || (length !== undefined && length !== "0");
}
