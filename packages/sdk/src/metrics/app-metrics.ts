// app-metrics.ts — the functions with which an app records metrics, without a provider or a meter in sight.
//
// The instruments belong to one meter that exists from the first call on, also before `startTelemetry`:
// then they record nothing, and come alive when it is called. Stopping makes them silent again.

import type { Attributes, ObservableResult } from "@opentelemetry/api";

import { shared } from "../state/state.ts";
import { SDK_NAME, SDK_VERSION } from "../version.ts";
import { problemOfBoundaries } from "./descriptor.ts";
import { AddingInstrument, RecordingInstrument } from "./instruments.ts";
import type { BoundCounter, BoundRecorder } from "./instruments.ts";
import { Meter } from "./meter.ts";
import type { InstrumentOptions } from "./describe-instrument.ts";
import type { ObservableInstrument } from "./observables.ts";

/** A sum that only grows, such as requests served. */
export interface Counter {
  /** Adds 0 or more; a negative, infinite or NaN value is dropped, counted, and said once. */
  add(value: number, attributes?: Attributes): void;
  /** Looks the attributes up once, for a hot path: recording then costs a few nanoseconds. */
  bind(attributes: Attributes): BoundCounter;
}

/** A sum that goes up and down, such as open connections. */
export interface UpDownCounter {
  add(value: number, attributes?: Attributes): void;
  /** See {@link Counter.bind}. */
  bind(attributes: Attributes): BoundCounter;
}

/** The newest value counts, such as the length of a queue. */
export interface Gauge {
  record(value: number, attributes?: Attributes): void;
  /** See {@link Counter.bind}. */
  bind(attributes: Attributes): BoundRecorder;
}

/** A distribution, such as durations; what is asked of it later are percentiles. */
export interface Histogram {
  /** Records 0 or more; a negative, infinite or NaN value is dropped, counted, and said once. */
  record(value: number, attributes?: Attributes): void;
  /** See {@link Counter.bind}. */
  bind(attributes: Attributes): BoundRecorder;
}

/** Reports the values of an observable instrument: with `result.observe`, or one by returning it. */
export type ObserveFunction = (result: ObservableResult) => number | void | Promise<number | void>;

/** Options of an instrument that is asked once per collection instead of being told. */
export interface ObservedOptions extends InstrumentOptions {
  callback: ObserveFunction;
}

/** An instrument with a callback; `removeCallback` ends it. */
export interface Observed {
  addCallback(callback: ObserveFunction): void;
  removeCallback(callback: ObserveFunction): void;
}

/**
 * Makes a counter, or returns the one of that name.
 *
 * @example
 * import { createCounter } from "@telemetry/sdk";
 *
 * const paid = createCounter("orders.paid", { unit: "{order}" });
 * paid.add(1, { method: "card" });
 */
export function createCounter(name: string, options: ObservedOptions): Observed;
export function createCounter(name: string, options?: InstrumentOptions): Counter;
export function createCounter(
  name: string,
  options?: InstrumentOptions | ObservedOptions,
): Counter | Observed {
  return isObserved(options)
    ? observed(appMeter().createObservableCounter(name, options), options.callback)
    : appMeter().createCounter(name, options);
}

/**
 * Makes a sum that goes up and down, or returns the one of that name.
 *
 * @example
 * import { createUpDownCounter } from "@telemetry/sdk";
 *
 * const connections = createUpDownCounter("connections.open");
 * connections.add(1);
 * connections.add(-1);
 */
export function createUpDownCounter(name: string, options: ObservedOptions): Observed;
export function createUpDownCounter(name: string, options?: InstrumentOptions): UpDownCounter;
export function createUpDownCounter(
  name: string,
  options?: InstrumentOptions | ObservedOptions,
): UpDownCounter | Observed {
  return isObserved(options)
    ? observed(appMeter().createObservableUpDownCounter(name, options), options.callback)
    : appMeter().createUpDownCounter(name, options);
}

/**
 * Makes a gauge, or returns the one of that name.
 *
 * @example
 * import { createGauge } from "@telemetry/sdk";
 *
 * const queue: string[] = [];
 * createGauge("queue.length", { callback: () => queue.length });
 */
export function createGauge(name: string, options: ObservedOptions): Observed;
export function createGauge(name: string, options?: InstrumentOptions): Gauge;
export function createGauge(
  name: string,
  options?: InstrumentOptions | ObservedOptions,
): Gauge | Observed {
  return isObserved(options)
    ? observed(appMeter().createObservableGauge(name, options), options.callback)
    : appMeter().createGauge(name, options);
}

/**
 * Makes a histogram, or returns the one of that name. Throws a RangeError when `boundaries` are not finite
 * and strictly increasing.
 *
 * @example
 * import { createHistogram, SECONDS_BOUNDARIES } from "@telemetry/sdk";
 *
 * const latency = createHistogram("checkout.duration", { unit: "s", boundaries: SECONDS_BOUNDARIES });
 * latency.record(0.042, { route: "/checkout" });
 */
export function createHistogram(name: string, options?: InstrumentOptions): Histogram {
  const problem = options?.boundaries && problemOfBoundaries(options.boundaries);
  if (problem !== undefined) throw new RangeError(`Cannot create histogram "${name}": ${problem}`);
  return appMeter().createHistogram(name, options);
}

/**
 * Records one value under a name: with the instrument of that name, else with a gauge that is made now.
 * Never throws. For a hot path, make the instrument once and keep it.
 *
 * @example
 * import { recordMetric } from "@telemetry/sdk";
 *
 * recordMetric("room.temperature", 21.5, { room: "north" });
 */
export function recordMetric(name: string, value: number, attributes?: Attributes): void {
  const meter = appMeter();
  const instrument = meter.find(name) ?? meter.createGauge(name);
  if (instrument instanceof AddingInstrument) instrument.add(value, attributes);
  else if (instrument instanceof RecordingInstrument) instrument.record(value, attributes);
  else instrument.report("it has a callback, which reports its values");
}

/** The meter of this app, also for a second copy of this package. */
export function appMeter(): Meter {
  return (shared.appMeter ??= new Meter({ name: SDK_NAME, version: SDK_VERSION }));
}

const wrappers = new WeakMap<ObserveFunction, (result: ObservableResult) => void | Promise<void>>();

/** A callback of the api that also observes what the function returns. */
function wrapped(callback: ObserveFunction): (result: ObservableResult) => void | Promise<void> {
  const known = wrappers.get(callback);
  if (known !== undefined) return known;
  const wrapper = (result: ObservableResult): void | Promise<void> => {
    const answer = callback(result);
    if (typeof answer === "number") result.observe(answer);
    else if (answer instanceof Promise) {
      return answer.then((value) => {
        if (typeof value === "number") result.observe(value);
      });
    }
  };
  wrappers.set(callback, wrapper);
  return wrapper;
}

function observed(instrument: ObservableInstrument, callback: ObserveFunction): Observed {
  instrument.addCallback(wrapped(callback));
  return {
    addCallback: (another) => instrument.addCallback(wrapped(another)),
    removeCallback: (another) => instrument.removeCallback(wrapped(another)),
  };
}

function isObserved(
  options: InstrumentOptions | ObservedOptions | undefined,
): options is ObservedOptions {
  return typeof (options as ObservedOptions | undefined)?.callback === "function";
}
