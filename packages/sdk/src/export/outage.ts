// outage.ts — tells a person, in one line on stderr, that nothing arrives and what to do, and in one more
// that it arrives again. Between the two it is silent, however long that takes.

import type { Diagnostics } from "../diagnostics/diagnostics.ts";

/** Records that wait for a receiver. */
export interface Waiting {
  readonly noun: "spans" | "log records";
  readonly count: () => number;
  readonly countMax: number;
}

export class Outage {
  readonly #diagnostics: Diagnostics;
  readonly #waiting: Waiting[] = [];
  #failingUrls = new Set<string>();

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  /** Lets the line say how much waits. */
  watch(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /** `isAnswered`: somebody is there and said no, so starting a receiver would not help. */
  failed(url: string, reason: string, isAnswered: boolean): void {
    const isFirst = this.#failingUrls.size === 0;
    this.#failingUrls.add(url);
    if (!isFirst) return;
    this.#diagnostics.say(
      "warn",
      `Cannot send telemetry to "${originOf(url)}": ${reason}; ${this.#waitingText()}${isAnswered ? "" : hintFor(url)}`,
    );
  }

  delivered(url: string): void {
    if (!this.#failingUrls.delete(url) || this.#failingUrls.size > 0) return;
    this.#diagnostics.say("warn", `"${originOf(url)}" is receiving telemetry again`);
  }

  #waitingText(): string {
    const parts = this.#waiting
      .filter(({ count }) => count() > 0)
      .map(({ noun, count, countMax }) => `${count()} ${noun} wait, up to ${countMax} are kept`);
    return parts.length === 0 ? "the app is not affected" : parts.join(", ");
  }
}

/** Where somebody might simply not have started a receiver. */
function hintFor(url: string): string {
  const { hostname } = new URL(url);
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  return isLocal
    ? '; "npm start" in the telemetry folder starts a dashboard there, OTEL_EXPORTER_OTLP_ENDPOINT names another receiver, OTEL_SDK_DISABLED=true turns this off'
    : "";
}

/** Without path, user and password. */
function originOf(url: string): string {
  return new URL(url).origin;
}
