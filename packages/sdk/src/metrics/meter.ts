// meter.ts — makes the instruments of one scope, and gives each its streams while telemetry runs.
//
// An instrument is known by its name (in any case), kind, unit and value type: asking again returns the
// same one, so two modules share one stream. Another kind or unit under the same name costs nothing but
// a warning: both streams are kept, and nobody gets an instrument of the wrong type.

import type { BatchObservableCallback, Meter as ApiMeter, Observable } from "@opentelemetry/api";
import type { ScopeIdentity } from "@telemetry/otlp/encode";

import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import { describeInstrument, isSameInstrument } from "./describe-instrument.ts";
import type { InstrumentOptions } from "./describe-instrument.ts";
import { isMonotonic, isObservable, problemOfName, textOf } from "./descriptor.ts";
import type { InstrumentDescriptor, InstrumentKind } from "./descriptor.ts";
import type { ExemplarSource } from "./exemplars.ts";
import { AddingInstrument, InstrumentCore, RecordingInstrument } from "./instruments.ts";
import { ObservableInstrument } from "./observables.ts";
import type { BatchCallback } from "./observables.ts";
import { openStore } from "./open-store.ts";
import type { MetricReader, ScopeStreams } from "./reader.ts";
import { planStreams } from "./views.ts";
import type { MetricView } from "./views.ts";

/** Instruments of one meter. A name made from data (a user's id) would otherwise grow without bound. */
export const INSTRUMENTS_MAX = 2_000;
/** Different warnings of one meter. */
const SAID_MAX = 100;

/** What running telemetry gives to a meter. */
export interface MetricPipeline {
  readonly readers: readonly MetricReader[];
  readonly views: readonly MetricView[];
  readonly exemplars: ExemplarSource;
  readonly cardinalityLimit: number | undefined;
  readonly diagnostics: Diagnostics;
}

type Instrument = AddingInstrument | RecordingInstrument | ObservableInstrument;

export class Meter implements ApiMeter {
  readonly scope: ScopeIdentity;
  readonly #instruments = new Map<string, Instrument[]>();
  readonly #observables = new Set<ObservableInstrument>();
  readonly #batches = new Set<BatchCallback>();
  readonly #scopes = new Map<MetricReader, ScopeStreams>();
  #pipeline: MetricPipeline | undefined;
  #count = 0;
  readonly #said = new Set<string>();
  #unsaid: string[] = [];

  constructor(scope: ScopeIdentity) {
    this.scope = scope;
  }

  /** From here on measurements are kept. */
  attach(pipeline: MetricPipeline): void {
    this.#pipeline = pipeline;
    for (const reader of pipeline.readers) this.addReader(reader);
    for (const sentence of this.#unsaid) pipeline.diagnostics.say("warn", sentence);
    this.#unsaid = [];
  }

  /** From here on measurements are dropped again. */
  detach(): void {
    for (const reader of this.#scopes.keys()) this.removeReader(reader);
    this.#pipeline = undefined;
  }

  /** A further destination: what it gets begins now. */
  addReader(reader: MetricReader): void {
    const scope: ScopeStreams = {
      scope: this.scope,
      streams: [],
      observables: this.#observables,
      batches: this.#batches,
    };
    this.#scopes.set(reader, scope);
    reader.addScope(scope);
    for (const instrument of this.#all()) this.#open(instrument, reader, scope);
  }

  removeReader(reader: MetricReader): void {
    const scope = this.#scopes.get(reader);
    if (scope === undefined) return;
    reader.removeScope(scope);
    this.#scopes.delete(reader);
    for (const instrument of this.#all()) storesOf(instrument).setStores(reader, []);
  }

  /** The first instrument that was made under a name. */
  find(name: string): Instrument | undefined {
    // Most names are in lower case already.
    const known = this.#instruments.get(name) ?? this.#instruments.get(textOf(name).toLowerCase());
    return known?.[0];
  }

  createCounter(name: string, options?: InstrumentOptions): AddingInstrument {
    return this.#create("counter", name, options) as AddingInstrument;
  }

  createUpDownCounter(name: string, options?: InstrumentOptions): AddingInstrument {
    return this.#create("upDownCounter", name, options) as AddingInstrument;
  }

  createGauge(name: string, options?: InstrumentOptions): RecordingInstrument {
    return this.#create("gauge", name, options) as RecordingInstrument;
  }

  createHistogram(name: string, options?: InstrumentOptions): RecordingInstrument {
    return this.#create("histogram", name, options) as RecordingInstrument;
  }

  createObservableCounter(name: string, options?: InstrumentOptions): ObservableInstrument {
    return this.#create("observableCounter", name, options) as ObservableInstrument;
  }

  createObservableUpDownCounter(name: string, options?: InstrumentOptions): ObservableInstrument {
    return this.#create("observableUpDownCounter", name, options) as ObservableInstrument;
  }

  createObservableGauge(name: string, options?: InstrumentOptions): ObservableInstrument {
    return this.#create("observableGauge", name, options) as ObservableInstrument;
  }

  addBatchObservableCallback(callback: BatchObservableCallback, instruments: Observable[]): void {
    if (this.#findBatch(callback, instruments) !== undefined) return;
    this.#batches.add({ callback, instruments: new Set(instruments) });
  }

  removeBatchObservableCallback(
    callback: BatchObservableCallback,
    instruments: Observable[],
  ): void {
    const batch = this.#findBatch(callback, instruments);
    if (batch !== undefined) this.#batches.delete(batch);
  }

  #findBatch(
    callback: BatchObservableCallback,
    instruments: readonly Observable[],
  ): BatchCallback | undefined {
    const wanted = new Set(instruments);
    for (const batch of this.#batches) {
      if (batch.callback !== callback || batch.instruments.size !== wanted.size) continue;
      if (instruments.every((instrument) => batch.instruments.has(instrument))) return batch;
    }
    return undefined;
  }

  #create(kind: InstrumentKind, name: string, options: InstrumentOptions = {}): Instrument {
    const problem = problemOfName(name);
    const descriptor = describeInstrument(kind, textOf(name), options, (counter, sentence) =>
      this.#warn(counter, sentence),
    );
    if (problem !== undefined) {
      this.#warn(
        "metrics.invalid_name",
        `Cannot create instrument "${descriptor.name}": ${problem}`,
      );
      return this.#instrumentOf(descriptor);
    }
    const key = name.toLowerCase();
    const known = this.#instruments.get(key) ?? [];
    const same = known.find((instrument) => isSameInstrument(descriptorOf(instrument), descriptor));
    if (same !== undefined) return same;
    if (this.#count === INSTRUMENTS_MAX) {
      this.#warn(
        "metrics.too_many_instruments",
        `Cannot create instrument "${name}": its meter has ${INSTRUMENTS_MAX} already; put what varies into attributes, not into names`,
        "metrics.too_many_instruments",
      );
      return this.#instrumentOf(descriptor);
    }
    if (known[0] !== undefined) this.#warnOfConflict(descriptorOf(known[0]), descriptor);
    const instrument = this.#instrumentOf(descriptor);
    this.#count++;
    this.#instruments.set(key, [...known, instrument]);
    if (instrument instanceof ObservableInstrument) this.#observables.add(instrument);
    try {
      for (const [reader, scope] of this.#scopes) this.#open(instrument, reader, scope);
    } catch (error) {
      // Without stores it records nothing; the app, which made it at some module's top, goes on.
      this.#warn("metrics.open_failed", `Cannot record metric "${name}": ${String(error)}`);
    }
    return instrument;
  }

  #instrumentOf(descriptor: InstrumentDescriptor): Instrument {
    let isSaid = false;
    const report = (problem: string): void => {
      const diagnostics = this.#pipeline?.diagnostics;
      diagnostics?.count("metrics.rejected_measurements");
      if (isSaid) return;
      isSaid = diagnostics !== undefined;
      diagnostics?.say("info", `Cannot record metric "${descriptor.name}": ${problem}`);
    };
    if (isObservable(descriptor.kind)) return new ObservableInstrument(descriptor, report);
    const core = new InstrumentCore(descriptor, report);
    return descriptor.kind === "counter" || descriptor.kind === "upDownCounter"
      ? new AddingInstrument(core)
      : new RecordingInstrument(core);
  }

  *#all(): Generator<Instrument> {
    for (const instruments of this.#instruments.values()) yield* instruments;
  }

  /** Gives an instrument its stores for one reader, one per view. */
  #open(instrument: Instrument, reader: MetricReader, { streams }: ScopeStreams): void {
    const pipeline = this.#pipeline;
    if (pipeline === undefined) return;
    const descriptor = descriptorOf(instrument);
    const plans = planStreams(descriptor, this.scope, pipeline.views, (problem) =>
      this.#warn("metrics.view_ignored", `Metric "${descriptor.name}": ${problem}`),
    );
    const stores = plans.map((plan) => openStore(plan, descriptor, { ...pipeline, reader }));
    for (const [index, store] of stores.entries()) {
      const { name, description } = plans[index]!;
      streams.push({
        identity: { name, description, unit: descriptor.unit },
        store,
        temporality: reader.temporalityOf(descriptor.kind),
        isMonotonic: isMonotonic(descriptor.kind),
      });
    }
    storesOf(instrument).setStores(reader, stores);
  }

  #warnOfConflict(known: InstrumentDescriptor, other: InstrumentDescriptor): void {
    const describe = ({ kind, unit }: InstrumentDescriptor): string =>
      unit === "" ? kind : `${kind} in ${unit}`;
    this.#warn(
      "metrics.conflicts",
      `Metric "${known.name}" is made twice, as ${describe(known)} and as ${describe(other)}: both are exported; rename one, or change its name with a view`,
    );
  }

  /** Says a sentence once; before telemetry runs there is nobody to tell, so it is said at the start. */
  #warn(counter: string, sentence: string, key = sentence): void {
    const diagnostics = this.#pipeline?.diagnostics;
    diagnostics?.count(counter);
    if (this.#said.has(key) || this.#said.size === SAID_MAX) return;
    this.#said.add(key);
    if (diagnostics === undefined) this.#unsaid.push(sentence);
    else diagnostics.say("warn", sentence);
  }
}

function descriptorOf(instrument: Instrument): InstrumentDescriptor {
  return instrument instanceof ObservableInstrument
    ? instrument.descriptor
    : instrument.core.descriptor;
}

/** What holds the stores of an instrument. */
function storesOf(instrument: Instrument): Pick<InstrumentCore, "setStores"> {
  return instrument instanceof ObservableInstrument ? instrument : instrument.core;
}
