// provider.ts — the MeterProvider that is registered with the official api.

import type {
  Attributes,
  MeterOptions,
  MeterProvider as ApiMeterProvider,
} from "@opentelemetry/api";
import { flattenAttributes } from "@telemetry/otlp/encode";
import type { AnyValue, ScopeIdentity } from "@telemetry/otlp/encode";

import { canonicalValue } from "./canonical-value.ts";
import { textOf } from "./descriptor.ts";
import { Meter } from "./meter.ts";
import type { MetricPipeline } from "./meter.ts";
import type { MetricReader } from "./reader.ts";

/** Meters of one provider. A scope name made from data would otherwise grow without bound. */
const METERS_MAX = 1_000;

export class MeterProvider implements ApiMeterProvider {
  readonly #pipeline: MetricPipeline;
  readonly #readers: MetricReader[];
  readonly #meters = new Map<string, Meter>();
  #isShutDown = false;

  constructor(pipeline: MetricPipeline) {
    this.#readers = [...pipeline.readers];
    this.#pipeline = { ...pipeline, readers: this.#readers };
  }

  /** A further destination of all meters; what it gets begins now. */
  addReader(reader: MetricReader): void {
    this.#readers.push(reader);
    for (const meter of this.#meters.values()) meter.addReader(reader);
  }

  removeReader(reader: MetricReader): void {
    const index = this.#readers.indexOf(reader);
    if (index >= 0) this.#readers.splice(index, 1);
    for (const meter of this.#meters.values()) meter.removeReader(reader);
  }

  /** The meter of a scope. An invalid name gives a working meter (metrics/sdk.md, "Meter creation"). */
  getMeter(
    name: string,
    version?: string,
    options: MeterOptions & { attributes?: Attributes } = {},
  ): Meter {
    const text = canonicalValue([name, version, options.schemaUrl, options.attributes])?.text ?? "";
    const known = this.#meters.get(text);
    if (known !== undefined) return known;
    const { diagnostics } = this.#pipeline;
    if (textOf(name) === "") {
      diagnostics.sayOnce(
        "info",
        "metrics.unnamed_meter",
        "A meter has no name; give it the name of your library",
      );
    }
    const meter = new Meter({
      name: textOf(name),
      version,
      schemaUrl: options.schemaUrl,
      attributes: flattenAttributes((options.attributes ?? {}) as Record<string, AnyValue>),
    } satisfies ScopeIdentity);
    if (this.#isShutDown) return meter;
    if (this.#meters.size === METERS_MAX) {
      diagnostics.sayOnce(
        "warn",
        "metrics.too_many_meters",
        `Cannot record metrics of "${name}": there are ${METERS_MAX} meters already; use one meter per library`,
      );
      return meter;
    }
    this.#add(text, meter);
    return meter;
  }

  /** Takes a meter in that exists already: the one behind `createCounter` and its like. */
  adopt(meter: Meter): void {
    this.#add(`\0${meter.scope.name}`, meter);
  }

  /** Instruments stay, and record nothing any more. */
  shutdown(): void {
    this.#isShutDown = true;
    for (const meter of this.#meters.values()) meter.detach();
  }

  #add(text: string, meter: Meter): void {
    this.#meters.set(text, meter);
    meter.attach(this.#pipeline);
  }
}
