// instruments.ts — the synchronous instruments: what an app calls to record a measurement.
//
//   counter.add(1, { route }) ──checked──▶ each store: find the row ▶ add
//   counter.bind({ route }).add(1) ──────▶ each store: the row is known
//
// An instrument exists before `startTelemetry` too: it has no stores yet, so recording is a loop over
// nothing. It never throws: a measurement that cannot be used is counted, and said once per instrument.

import type { Attributes, Context } from "@opentelemetry/api";

import { isMonotonic, shown } from "./descriptor.ts";
import type { InstrumentDescriptor } from "./descriptor.ts";
import type { Store } from "./store.ts";

/** A counter with its attributes already looked up: the fastest way to record. */
export interface BoundCounter {
  add(value: number): void;
}

/** A histogram or gauge with its attributes already looked up. */
export interface BoundRecorder {
  record(value: number): void;
}

/** What an instrument shares with the meter that made it. hot: public fields; see bench/metrics. */
export class InstrumentCore {
  descriptor: InstrumentDescriptor;
  /** One per view and reader. */
  stores: readonly Store[] = [];
  /** Goes up when the stores change: bound instruments look again. */
  version = 0;
  /** Values below are refused. */
  readonly #least: number;
  readonly #isInteger: boolean;
  readonly #byReader = new Map<object, readonly Store[]>();
  readonly #report: (problem: string) => void;

  /** `report` is told why a measurement was dropped. */
  constructor(descriptor: InstrumentDescriptor, report: (problem: string) => void) {
    this.descriptor = descriptor;
    this.#report = report;
    this.#least = isMonotonic(descriptor.kind) ? 0 : -Number.MAX_VALUE;
    this.#isInteger = descriptor.isInteger;
  }

  report(problem: string): void {
    if (this.stores.length > 0) this.#report(problem);
  }

  /** Of one reader; none take its stores away. */
  setStores(reader: object, stores: readonly Store[]): void {
    if (stores.length === 0) this.#byReader.delete(reader);
    else this.#byReader.set(reader, stores);
    this.stores = [...this.#byReader.values()].flat();
    this.version++;
  }

  /** hot: see bench/metrics. */
  record(value: number, attributes: Attributes | undefined, context: Context | undefined): void {
    const { stores } = this;
    const measured = this.measured(value);
    if (measured === undefined) return;
    try {
      for (let i = 0; i < stores.length; i++) {
        const store = stores[i]!;
        store.record(store.rows.series.rowOf(attributes), measured, attributes, context);
      }
    } catch (error) {
      this.report(`its attributes cannot be read (${shown(error)})`);
    }
  }

  /** The value to record; undefined when it is refused. */
  measured(value: number): number | undefined {
    // `"5" >= 0` is true as well, hence the type.
    if (typeof value === "number" && value >= this.#least && value <= Number.MAX_VALUE) {
      return this.#isInteger ? this.#truncated(value) : value;
    }
    this.report(`the value ${shown(value)} is not allowed`);
    return undefined;
  }

  #truncated(value: number): number {
    if (Number.isInteger(value)) return value;
    this.report(`the value ${value} is cut to an integer`);
    return Math.trunc(value);
  }
}

/** Counter (a sum that only grows) and UpDownCounter. */
export class AddingInstrument {
  readonly core: InstrumentCore;

  constructor(core: InstrumentCore) {
    this.core = core;
  }

  add(value: number, attributes?: Attributes, context?: Context): void {
    this.core.record(value, attributes, context);
  }

  bind(attributes: Attributes): BoundCounter {
    const cells = new BoundCells(this.core, attributes);
    return { add: (value) => cells.record(value) };
  }
}

/** Histogram (a distribution) and Gauge (the newest value). */
export class RecordingInstrument {
  readonly core: InstrumentCore;

  constructor(core: InstrumentCore) {
    this.core = core;
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    this.core.record(value, attributes, context);
  }

  bind(attributes: Attributes): BoundRecorder {
    const cells = new BoundCells(this.core, attributes);
    return { record: (value) => cells.record(value) };
  }
}

/** The rows of one attribute set in the stores of an instrument. They are kept as long as the instrument. */
class BoundCells {
  readonly #core: InstrumentCore;
  readonly #attributes: Attributes;
  #version = 0;
  /** The first store has fields of its own: nearly always it is the only one. */
  #store: Store | undefined;
  #row = 0;
  #others: readonly { store: Store; row: number }[] = [];

  constructor(core: InstrumentCore, attributes: Attributes) {
    this.#core = core;
    this.#attributes = copyOf(attributes, core);
    this.#bind();
  }

  /** hot: see bench/metrics. */
  record(value: number): void {
    const measured = this.#core.measured(value);
    if (measured === undefined) return;
    if (this.#version !== this.#core.version) this.#bind();
    if (this.#store === undefined) return;
    this.#store.record(this.#row, measured, this.#attributes, undefined);
    for (let i = 0; i < this.#others.length; i++) {
      const { store, row } = this.#others[i]!;
      store.record(row, measured, this.#attributes, undefined);
    }
  }

  #bind(): void {
    this.#version = this.#core.version;
    const bound = this.#core.stores.map((store) => ({
      store,
      row: store.rows.series.bind(this.#attributes),
    }));
    const [first, ...others] = bound;
    this.#store = first?.store;
    this.#row = first?.row ?? 0;
    this.#others = others;
  }
}

function copyOf(attributes: Attributes, core: InstrumentCore): Attributes {
  try {
    return { ...attributes };
  } catch (error) {
    core.report(`its attributes cannot be read (${shown(error)})`);
    return {};
  }
}
