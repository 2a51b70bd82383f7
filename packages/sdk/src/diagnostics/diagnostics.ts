// diagnostics.ts — what the SDK has to say about itself: counters for everything that was lost or
// ignored, and sentences for people. Each sentence is said once, and never more than ten a minute,
// because the app's own output matters more.
//
// A sentence goes to stderr from `logLevel` up (default "warn"), to the api's `diag` logger always, and is
// kept (the last 50) for `doctor()`.

import { diag } from "@opentelemetry/api";

/** From nothing to everything. Misuse of the api by the app is "info"; losing data is "warn". */
export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

const LEVELS: readonly LogLevel[] = ["silent", "error", "warn", "info", "debug"];
const RECENT_MAX = 50;
const SAID_KEYS_MAX = 500;
const LINES_PER_MINUTE_MAX = 10;
const MINUTE_MS = 60_000;

export interface Saying {
  readonly level: LogLevel;
  readonly sentence: string;
  /** Epoch milliseconds. */
  readonly timeMs: number;
}

export interface DiagnosticsOptions {
  logLevel?: LogLevel;
  /** Where a line goes; stderr unless a test listens. */
  write?: (line: string) => void;
}

export class Diagnostics {
  readonly #level: number;
  readonly #write: (line: string) => void;
  readonly #counters = new Map<string, number>();
  readonly #said = new Set<string>();
  #recent: Saying[] = [];
  #minuteStartMs = 0;
  #linesThisMinute = 0;
  #linesHeldBack = 0;

  constructor(options: DiagnosticsOptions = {}) {
    this.#level = LEVELS.indexOf(options.logLevel ?? "warn");
    this.#write = options.write ?? ((line) => void process.stderr.write(`${line}\n`));
  }

  /** Adds to a counter. Names are constants in our code, so their number is bounded. */
  count(counter: string, by = 1): void {
    this.#counters.set(counter, (this.#counters.get(counter) ?? 0) + by);
  }

  counters(): Record<string, number> {
    return Object.fromEntries(this.#counters);
  }

  /** The last sentences, oldest first. */
  recent(): readonly Saying[] {
    return this.#recent;
  }

  /** Says a sentence the first time this key comes; counts under the key every time. */
  sayOnce(level: Exclude<LogLevel, "silent">, key: string, sentence: string): void {
    this.count(key);
    if (this.#said.has(key) || this.#said.size >= SAID_KEYS_MAX) return;
    this.#said.add(key);
    this.say(level, sentence);
  }

  say(level: Exclude<LogLevel, "silent">, sentence: string): void {
    this.#recent.push({ level, sentence, timeMs: Date.now() });
    if (this.#recent.length > RECENT_MAX) this.#recent = this.#recent.slice(-RECENT_MAX);
    try {
      diag[level](`telemetry: ${sentence}`);
      if (LEVELS.indexOf(level) <= this.#level) this.#print(sentence);
    } catch {
      this.count("diagnostics.failed");
    }
  }

  #print(sentence: string): void {
    const now = Date.now();
    if (now - this.#minuteStartMs >= MINUTE_MS) {
      this.#minuteStartMs = now;
      this.#linesThisMinute = 0;
    }
    if (this.#linesThisMinute === LINES_PER_MINUTE_MAX) {
      this.#linesHeldBack++;
      return;
    }
    this.#linesThisMinute++;
    const more = this.#linesHeldBack === 0 ? "" : ` (${this.#linesHeldBack} lines were held back)`;
    this.#linesHeldBack = 0;
    this.#write(`telemetry: ${sentence}${more}`);
  }
}
