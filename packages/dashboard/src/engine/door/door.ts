// door.ts — ClickHouse's HTTP interface in front of the embedded engine, so that @clickhouse/client, unchanged, and
// every statement of ours work on it as on a server.
//
//   request ─▶ lane (a free session) ─▶ prepare (settings, database, parameters) ─▶ run or stream ─▶ answer
//
//   lane     runs                                                     why it has sessions of its own
//   query    SELECT, SHOW, DDL, …
//   insert   INSERT                                                   queries cannot delay the store
//   reader   role=reader: SQL from people, limited and read-only      its sessions can never write again
//   control  KILL QUERY, normalising, the pulse                       must work when all else is busy
//
// What real ClickHouse does and the door does not: sessions over HTTP (session_id), progress headers, KILL … SYNC
// (the engine never returns from it). docs/adr/001-engine-behind-clickhouse-http.md says more.

import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Answer } from "./answer.ts";
import { DoorError, exceptionText } from "./door-error.ts";
import { IncomingFolder } from "./incoming.ts";
import { Lane } from "./lane.ts";
import { LostWrites } from "./lost-writes.ts";
import { parseRequest } from "./request.ts";
import { Runner } from "./runner.ts";
import { EngineSession } from "./session.ts";
import { Sessions } from "./sessions.ts";
import type { Session } from "chdb";

export { DoorError as ReaderError } from "./door-error.ts";
export { readerStatement, withoutFormat } from "./reader.ts";

export interface DoorLimits {
  readonly querySessions: number;
  readonly insertSessions: number;
  readonly readerSessions: number;
  /** Requests that may wait in each lane. */
  readonly waitingMax: number;
  /** Bytes of one INSERT. */
  readonly bodyBytesMax: number;
  /** Rows and bytes of one answer to a reader. */
  readonly readerRowsMax: number;
  readonly readerBytesMax: number;
  /** Seconds of one reader's query. */
  readonly readerSecondsMax: number;
  /** Memory of one query. */
  readonly queryMemoryBytes: number;
}

export interface DoorOptions {
  readonly openSession: () => Session;
  readonly socketPath: string;
  /** A folder of ours for the bodies of INSERTs. */
  readonly incomingDirectory: string;
  readonly limits: DoorLimits;
  /** ClickHouse lost a write without an error (lost-writes.ts): whoever runs it has to end it. Default: only the statement fails. */
  readonly onLostWrite?: () => void;
}

/** What happened since the door opened. Names are those of the pipeline page. */
export interface DoorCounters {
  queries: number;
  inserts: number;
  inserted_rows: number;
  inserted_bytes: number;
  failed: number;
  refused: number;
  killed: number;
  busy: number;
  waiting: number;
}

export interface Door {
  counters(): DoorCounters;
  /** Resolves when the engine has answered a trivial query. @throws when it lost a write. */
  pulse(): Promise<void>;
  /** Stops listening, lets what runs finish for a moment, kills the rest and closes all sessions. */
  close(): Promise<void>;
}

type Setting = [name: string, value: string];

/** As ClickHouse's http_max_uri_size: parameters are in the URL. */
const URL_BYTES_MAX = 1024 * 1024;
/** How long running statements may go on after `close`. */
const CLOSE_GRACE_MS = 2_000;

/** Opens all sessions and listens. @throws chdb's error when the data folder cannot be opened. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { limits } = options;
  // Parameters are set by a statement, which may be as long as a URL, and then some for escapes.
  const long: Setting = ["max_query_size", String(4 * URL_BYTES_MAX)];
  const memory: Setting = ["max_memory_usage", String(limits.queryMemoryBytes)];
  const openLane = (name: string, count: number, settings: Map<string, string>) =>
    new Lane(
      name,
      Array.from({ length: count }, () => new EngineSession(options.openSession, settings)),
      limits.waitingMax,
    );
  const sessions = new Sessions({
    query: openLane("query", limits.querySessions, new Map([long, memory])),
    insert: openLane("insert", limits.insertSessions, new Map([long])),
    reader: openLane("reader", limits.readerSessions, readerSettings(limits)),
    control: openLane("control", 1, new Map([long, memory])),
  });
  const incoming = new IncomingFolder(options.incomingDirectory, limits.bodyBytesMax);
  const lostWrites = new LostWrites(sessions, options.onLostWrite ?? (() => {}));
  await lostWrites.forget();
  const runner = new Runner({ sessions, incoming, limits, lostWrites });
  const server = createServer(
    { maxHeaderSize: URL_BYTES_MAX },
    (request, response) => void handle(runner, request, response),
  );
  server.keepAliveTimeout = 60_000; // idle sockets of the client are dropped by the client
  server.requestTimeout = 0; // an INSERT may take as long as it takes to arrive
  await listen(server, options.socketPath);
  return {
    counters: () => runner.counters(),
    pulse: () => lostWrites.check(),
    close: async () => {
      server.close();
      server.closeIdleConnections();
      await sessions.close(CLOSE_GRACE_MS);
      server.closeAllConnections();
    },
  };
}

async function handle(
  runner: Runner,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let answer = new Answer(response, undefined);
  try {
    // Programs send no Origin. A browser does, and no page has any business here.
    if (request.headers.origin !== undefined) {
      throw new DoorError(
        497,
        "ACCESS_DENIED",
        "Cannot answer: requests of web pages are refused here",
      );
    }
    const path = (request.url ?? "/").split("?", 1)[0];
    if (path === "/ping") return void response.end("Ok.\n");
    if (path !== "/") {
      response.statusCode = 404;
      return void response.end(`There is no handle ${path}\n`);
    }
    const parsed = parseRequest(request);
    answer = new Answer(response, parsed.encoding);
    await runner.run(request, response, parsed, answer);
  } catch (error) {
    runner.countFailure(exceptionText(error).code);
    answer.fail(error);
    request.resume();
  }
}

/** In this order: limits first, because after `readonly` nothing can be changed any more. */
function readerSettings(limits: DoorLimits): Map<string, string> {
  return new Map([
    ["max_memory_usage", String(limits.queryMemoryBytes)],
    ["max_execution_time", String(limits.readerSecondsMax)],
    ["max_result_bytes", String(limits.readerBytesMax)],
    ["readonly", "1"],
  ]);
}

async function listen(server: Server, socketPath: string): Promise<void> {
  rmSync(socketPath, { force: true }); // of a process that was killed: the engine's lock says that it is gone
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
}
