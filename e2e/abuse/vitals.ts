// vitals.ts — what the observer (observer.ts) in the dashboard told, over the time that somebody asks about.

import type { ChildProcess } from "node:child_process";

export const OBSERVER: string = `${import.meta.dirname}/observer.ts`;

interface Sample {
  readonly maxDelayMs: number;
  readonly rssBytes: number;
}

export interface VitalsReport {
  /** The longest that the event loop was held up. */
  readonly maxDelayMs: number;
  /** Means of the first and the last quarter of the time. */
  readonly rssFirstMib: number;
  readonly rssLastMib: number;
  readonly rssMaxMib: number;
}

export class Vitals {
  readonly #process: ChildProcess;
  #samples: Sample[] = [];

  constructor(dashboard: ChildProcess) {
    this.#process = dashboard;
    dashboard.on("message", (message: { type: string } & Sample) => {
      if (message.type === "vitals") this.#samples.push(message);
    });
  }

  get isAlive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** What was seen since the last call. */
  take(): VitalsReport {
    const samples = this.#samples;
    this.#samples = [];
    const rss = samples.map(({ rssBytes }) => rssBytes / 1_048_576);
    const quarter = Math.max(1, Math.floor(rss.length / 4));
    return {
      maxDelayMs: Math.max(0, ...samples.map(({ maxDelayMs }) => maxDelayMs)),
      rssFirstMib: mean(rss.slice(0, quarter)),
      rssLastMib: mean(rss.slice(-quarter)),
      rssMaxMib: Math.max(0, ...rss),
    };
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
