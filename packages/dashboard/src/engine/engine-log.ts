// engine-log.ts — what the engine process writes to stdout and stderr, mostly nothing, sometimes the trace of a
// crash. Two files of at most 1 MiB each: engine.log and, before it, engine.log.1.

import { appendFileSync, renameSync, statSync } from "node:fs";

const FILE_BYTES_MAX = 1024 * 1024;

export class EngineLog {
  readonly #path: string;
  #sizeBytes: number;

  constructor(path: string) {
    this.#path = path;
    this.#sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Never throws: a full disk must not take the engine's supervisor down. */
  write(text: string | Uint8Array): void {
    const bytes = Buffer.from(text);
    try {
      if (this.#sizeBytes + bytes.length > FILE_BYTES_MAX && this.#sizeBytes > 0) {
        renameSync(this.#path, `${this.#path}.1`);
        this.#sizeBytes = 0;
      }
      appendFileSync(this.#path, bytes.subarray(0, FILE_BYTES_MAX), { mode: 0o600 });
      this.#sizeBytes += Math.min(bytes.length, FILE_BYTES_MAX);
    } catch {
      // Where the log cannot be written, the engine's own files cannot either, and that is reported.
    }
  }

  line(text: string): void {
    this.write(`${new Date().toISOString()} ${text}\n`);
  }
}
