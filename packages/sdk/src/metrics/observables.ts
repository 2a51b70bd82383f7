// observables.ts — observable instruments: callbacks that are asked once per collection (metrics/api.md,
// "Asynchronous Instrument API").
//
// A callback may be async. One that throws, or that takes longer than its time, is said once and does not
// hold up the others; what it reports late is dropped, because it would belong to no collection.

import type {
  Attributes,
  BatchObservableCallback,
  BatchObservableResult,
  Observable,
  ObservableCallback,
} from "@opentelemetry/api";

import { shown } from "./descriptor.ts";
import type { InstrumentDescriptor } from "./descriptor.ts";
import { ObservedStore } from "./observed-store.ts";
import type { Store } from "./store.ts";

/** Time that a callback has. Collections wait for the slowest one at most this long. */
export const CALLBACK_TIMEOUT_MS = 1_000;

export class ObservableInstrument implements Observable {
  descriptor: InstrumentDescriptor;
  readonly callbacks = new Set<ObservableCallback>();
  readonly report: (problem: string) => void;
  readonly #byReader = new Map<object, readonly ObservedStore[]>();

  constructor(descriptor: InstrumentDescriptor, report: (problem: string) => void) {
    this.descriptor = descriptor;
    this.report = report;
  }

  addCallback(callback: ObservableCallback): void {
    if (typeof callback === "function") this.callbacks.add(callback);
    else this.report("a callback is a function");
  }

  removeCallback(callback: ObservableCallback): void {
    this.callbacks.delete(callback);
  }

  /** Of one reader; none take its stores away. */
  setStores(reader: object, stores: readonly Store[]): void {
    const observed = stores.filter((store) => store instanceof ObservedStore);
    if (observed.length === 0) this.#byReader.delete(reader);
    else this.#byReader.set(reader, observed);
  }

  /** Whether values observed for this reader go anywhere. */
  isReadBy(reader: object): boolean {
    return this.#byReader.has(reader);
  }

  observe(reader: object, value: number, attributes: Attributes | undefined): void {
    const { isInteger, kind } = this.descriptor;
    if (!Number.isFinite(value) || (kind === "observableCounter" && value < 0)) {
      this.report(`the value ${shown(value)} is not allowed`);
      return;
    }
    for (const store of this.#byReader.get(reader) ?? []) {
      store.observe(isInteger ? Math.trunc(value) : value, attributes);
    }
  }
}

/** A callback for several instruments, which may observe only these. */
export interface BatchCallback {
  readonly callback: BatchObservableCallback;
  readonly instruments: ReadonlySet<Observable>;
}

/** Asks all callbacks on behalf of one reader, and returns when each has answered or run out of time. */
export async function observeAll(
  reader: object,
  instruments: Iterable<ObservableInstrument>,
  batches: Iterable<BatchCallback>,
  timeoutMs = CALLBACK_TIMEOUT_MS,
): Promise<void> {
  const round = { isOpen: true };
  const waiting: Promise<void>[] = [];
  for (const instrument of instruments) {
    if (!instrument.isReadBy(reader)) continue;
    const result = {
      observe: (value: number, attributes?: Attributes): void => {
        if (round.isOpen) instrument.observe(reader, value, attributes);
      },
    };
    for (const callback of instrument.callbacks) {
      waiting.push(ask(() => callback(result), instrument.report, timeoutMs));
    }
  }
  for (const { callback, instruments: allowed } of batches) {
    const result: BatchObservableResult = {
      observe: (instrument, value, attributes) => {
        if (!round.isOpen || !allowed.has(instrument)) return;
        if (instrument instanceof ObservableInstrument)
          instrument.observe(reader, value, attributes);
      },
    };
    const [first] = allowed;
    const report = first instanceof ObservableInstrument ? first.report : () => {};
    waiting.push(ask(() => callback(result), report, timeoutMs));
  }
  await Promise.all(waiting);
  round.isOpen = false;
}

/** Never rejects. */
async function ask(
  call: () => unknown,
  report: (problem: string) => void,
  timeoutMs: number,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const answer = call();
    if (!isThenable(answer)) return;
    await Promise.race([
      answer,
      new Promise((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      }),
    ]);
  } catch (error) {
    report(`its callback failed (${shown(error)})`);
  } finally {
    clearTimeout(timer);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
}
