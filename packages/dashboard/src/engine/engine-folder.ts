// engine-folder.ts — what the embedded engine keeps in the data folder:
//
//   <data>/engine/            0700: who may enter it may read and change everything
//     clickhouse/             ClickHouse's own files; it locks them
//     definitions/            copies of its tables' definitions
//     incoming/               bodies of INSERTs on their way
//     compiled/               Node's cache of our own compiled code: half of the time of a restart
//     config.xml              limits, written at each opening
//     engine.log, engine.log.1
//     engine.sock             the Unix socket
//
// A socket's path has to fit into 103 bytes (macOS; Linux 107), and INFILE takes its path for a glob pattern. Where
// <data> is longer, or has characters of a pattern, these two are put into a folder of their own, 0700, in the folder
// for temporary files.

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SOCKET_PATH_BYTES_MAX = 103;
const PATTERN_CHARACTERS = /[*?{}[\]]/;

export interface EngineFolder {
  readonly directory: string;
  readonly databaseDirectory: string;
  readonly definitionsDirectory: string;
  readonly incomingDirectory: string;
  readonly compiledDirectory: string;
  readonly configPath: string;
  readonly logPath: string;
  readonly socketPath: string;
  /** Removes the socket, and the temporary folder if there is one. */
  close(): void;
}

/** Creates the folders. @throws {Error} of the file system when that is not possible. */
export function openEngineFolder(dataDirectory: string): EngineFolder {
  const directory = join(dataDirectory, "engine");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const own = join(directory, "engine.sock");
  const tooLong = Buffer.byteLength(own) > SOCKET_PATH_BYTES_MAX;
  const elsewhere =
    tooLong || PATTERN_CHARACTERS.test(directory) ? makeTemporaryFolder() : undefined;
  const incomingDirectory = join(elsewhere ?? directory, "incoming");
  mkdirSync(incomingDirectory, { recursive: true, mode: 0o700 });
  return {
    directory,
    databaseDirectory: join(directory, "clickhouse"),
    definitionsDirectory: join(directory, "definitions"),
    incomingDirectory,
    compiledDirectory: join(directory, "compiled"),
    configPath: join(directory, "config.xml"),
    logPath: join(directory, "engine.log"),
    socketPath: join(elsewhere ?? directory, "engine.sock"),
    close: () => rmSync(elsewhere ?? own, { recursive: true, force: true }),
  };
}

function makeTemporaryFolder(): string {
  const short = join(tmpdir(), "telemetry-");
  const fits = Buffer.byteLength(short) + "XXXXXX/engine.sock".length <= SOCKET_PATH_BYTES_MAX;
  return mkdtempSync(fits ? short : "/tmp/telemetry-"); // mkdtemp makes it 0700
}
