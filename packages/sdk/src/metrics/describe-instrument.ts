// describe-instrument.ts — the options of an instrument, as an app or a library passes them, to its descriptor.

import { ValueType } from "@opentelemetry/api";
import type { MetricOptions } from "@opentelemetry/api";

import { problemOfBoundaries, problemOfUnit, textOf } from "./descriptor.ts";
import type { InstrumentDescriptor, InstrumentKind } from "./descriptor.ts";

/** The options of the api, and what this SDK adds to them. */
export interface InstrumentOptions extends MetricOptions {
  /** Bounds of a histogram, strictly increasing. The same as `advice.explicitBucketBoundaries`. */
  boundaries?: readonly number[];
  /** A histogram with buckets that fit themselves to the values (base-2 exponential). */
  exponential?: boolean;
  /** Attributes to keep unless a view says otherwise. */
  attributeKeys?: readonly string[];
}

/** `warn` is told, with a counter's name, of what is unusual or not used. */
export function describeInstrument(
  kind: InstrumentKind,
  name: string,
  options: InstrumentOptions,
  warn: (counter: string, sentence: string) => void,
): InstrumentDescriptor {
  const unit = textOf(options.unit);
  const unitProblem = problemOfUnit(unit);
  if (unitProblem !== undefined) {
    warn("metrics.unusual_unit", `Instrument "${name}" has an unusual unit: ${unitProblem}`);
  }
  let boundaries = options.boundaries ?? options.advice?.explicitBucketBoundaries;
  const boundsProblem = boundaries === undefined ? undefined : problemOfBoundaries(boundaries);
  if (boundsProblem !== undefined) {
    warn(
      "metrics.invalid_boundaries",
      `Cannot use the boundaries of histogram "${name}": ${boundsProblem}; the default ones are used`,
    );
    boundaries = undefined;
  }
  return {
    name,
    kind,
    unit,
    description: textOf(options.description),
    isInteger: options.valueType === ValueType.INT,
    advice: {
      boundaries: boundaries === undefined ? undefined : [...boundaries],
      attributeKeys: options.attributeKeys,
      exponential: options.exponential,
    },
  };
}

/** Whether two descriptors are of one instrument: the name is compared by who asks. */
export function isSameInstrument(left: InstrumentDescriptor, right: InstrumentDescriptor): boolean {
  return left.kind === right.kind && left.unit === right.unit && left.isInteger === right.isInteger;
}
