// spool.ts — requests on disk until they are delivered, for apps that must not lose what a receiver that is away
// cannot take.
//
//   sealed batch ─▶ file ─▶ Sender ─▶ delivered ─▶ file removed
//                     │
//                     └─ the process ends, or is killed ─▶ the next one takes the file and sends the same bytes
//
// Every request is written before it is sent, also when all is well. That makes the promise short: what is on disk is
// sent until a receiver has answered, whatever happens to this process; what was in memory when it was killed is
// lost, at most one delay of records. A file that was answered but not yet removed is sent again with the same bytes,
// which a dashboard of ours recognises. `kill -9` loses no file; a power cut may, since nothing waits for the disk's
// own cache.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Diagnostics } from "../../diagnostics/diagnostics.ts";
import type { SignalName } from "../../options/options.ts";
import type { QueuedRequest } from "../delivery.ts";
import { inBackground } from "../background.ts";
import { Disk } from "./disk.ts";
import { createOwnerName } from "./owner.ts";
import { SpoolBudget } from "./spool-budget.ts";
import { SpoolLane } from "./spool-lane.ts";

export interface SpoolOptions {
  readonly directory: string;
  /** For each destination. */
  readonly sizeBytesMax: number;
  readonly diagnostics: Diagnostics;
  /** How often this process shows that it is there, and looks for what others left. Default 5 000 ms. */
  readonly tickMs?: number;
}

const TICK_MS = 5_000;

/** A few folders are renamed, also when the time was spent on sending. */
const GIVE_UP_MS_MIN = 500;

interface OpenLane {
  readonly lane: SpoolLane;
  readonly onLeftovers: (requests: readonly QueuedRequest[]) => void;
}

export class Spool {
  readonly #options: SpoolOptions;
  readonly #disk = new Disk();
  readonly #budgets = new Map<string, SpoolBudget>();
  readonly #lanes: OpenLane[] = [];
  #owner: Promise<string> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /**
   * The lane of one signal to one destination. `onLeftovers` gets what processes that have ended left there, soon
   * after the start and whenever one ends.
   */
  openLane(
    destination: string,
    signal: SignalName,
    onLeftovers: (requests: readonly QueuedRequest[]) => void,
  ): SpoolLane {
    const { directory, sizeBytesMax, diagnostics, tickMs = TICK_MS } = this.#options;
    const budget = this.#budgets.get(destination) ?? new SpoolBudget(sizeBytesMax);
    this.#budgets.set(destination, budget);
    const lane = new SpoolLane({
      directory: join(directory, destination, signal),
      tornDirectory: join(directory, ".torn"),
      label: `${signal} to "${destination}"`,
      owner: () => (this.#owner ??= createOwnerName()),
      budget,
      disk: this.#disk,
      diagnostics,
    });
    const open = { lane, onLeftovers };
    this.#lanes.push(open);
    this.#look(open);
    this.#timer ??= this.#startTimer(tickMs);
    return lane;
  }

  /**
   * Stops, and gives up what is left for other processes to take at once. Resolves after `timeoutMs` also where the
   * disk hangs, and never rejects.
   */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    const givenUp = this.#inBackground(() => this.#giveUp());
    await Promise.race([givenUp, elapsed(Math.max(timeoutMs, GIVE_UP_MS_MIN))]);
  }

  async #giveUp(): Promise<void> {
    await this.#looking;
    for (const { lane } of this.#lanes) await lane.close();
  }

  #startTimer(tickMs: number): NodeJS.Timeout {
    // By then every lane is open.
    setImmediate(() => void this.#inBackground(() => this.#sayForgotten()));
    const timer = setInterval(() => {
      for (const open of this.#lanes) this.#look(open);
    }, tickMs);
    timer.unref();
    return timer;
  }

  /** Requests for a destination that has another name now stay until one has this name again. */
  async #sayForgotten(): Promise<void> {
    const { directory, diagnostics } = this.#options;
    const names = await this.#disk.run(() => readdir(directory)).catch(() => []);
    const forgotten = names.filter((name) => !name.startsWith(".") && !this.#budgets.has(name));
    if (forgotten.length === 0 || this.#isClosed) return;
    diagnostics.say(
      "info",
      `Cannot send what the spool "${directory}" holds for ${forgotten.join(", ")}: no destination of this process has such a name; it stays`,
    );
  }

  /** One look after the other; none rejects. */
  #look({ lane, onLeftovers }: OpenLane): void {
    this.#looking = this.#looking.then(() =>
      this.#inBackground(async () => {
        if (this.#isClosed) return;
        await lane.beat();
        const leftovers = await lane.adopt();
        if (leftovers.length > 0) onLeftovers(leftovers);
      }),
    );
  }

  #inBackground(work: () => Promise<void>): Promise<void> {
    return inBackground(work, this.#options.diagnostics, "spool.failed");
  }
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
