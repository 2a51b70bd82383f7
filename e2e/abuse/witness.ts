// witness.ts — an honest sender beside the abuse: a good span every few milliseconds, over HTTP and gRPC in turn. Each
// must be answered, soon, and be stored.
//
// It lives in a thread of its own, because the one that makes the abuse is busy.

import { Worker } from "node:worker_threads";
import type { RunningDashboard } from "../support/running-dashboard.ts";

export const WITNESS_SERVICE = "abuse-witness";

export interface WitnessReport {
  readonly sent: number;
  /** Requests that had to be sent again, and why, in the words of the client. */
  readonly repeated: number;
  readonly reasons: readonly string[];
  readonly p99Ms: number;
  readonly maxMs: number;
}

export class Witness {
  readonly #worker: Worker;
  #sent = 0;

  constructor({ otlpUrl, otlpGrpcUrl }: RunningDashboard) {
    this.#worker = new Worker(new URL("./witness-thread.ts", import.meta.url), {
      workerData: { otlpUrl, otlpGrpcUrl, service: WITNESS_SERVICE },
      execArgv: ["--conditions=@telemetry/source"],
    });
    this.#worker.on("error", (error) => {
      throw error;
    });
  }

  /** All spans that were acknowledged so far. */
  get sent(): number {
    return this.#sent;
  }

  /** What it saw since the last call. */
  async take(): Promise<WitnessReport> {
    const report = await this.#ask("report");
    this.#sent += report.sent;
    return report;
  }

  /** Lets it come to the end of its last request. */
  async stop(): Promise<void> {
    this.#sent += (await this.#ask("stop")).sent;
  }

  /** Ends it, whatever it does. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(what: "report" | "stop"): Promise<WitnessReport> {
    return new Promise((resolve) => {
      this.#worker.once("message", resolve);
      this.#worker.postMessage(what);
    });
  }
}
