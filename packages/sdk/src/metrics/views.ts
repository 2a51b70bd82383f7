// views.ts — lets an app change what becomes of an instrument that it did not write (metrics/sdk.md, "View").
//
//   { instrumentName: "http.server.*", attributeKeys: ["http.route"] }      keep one label
//   { instrumentName: "noisy.histogram", aggregation: "drop" }
//
// Every view that matches an instrument makes one stream of it; when none does, the instrument's own
// defaults make one. Views are checked when telemetry starts, where a wrong one throws.

import type { ScopeIdentity } from "@telemetry/otlp/encode";

import { isObservable, problemOfBoundaries, problemOfName } from "./descriptor.ts";
import type { InstrumentDescriptor, InstrumentKind } from "./descriptor.ts";

/** What is kept of the measurements; "default" is by kind of instrument. */
export type Aggregation =
  | "default"
  | "drop"
  | "sum"
  | "lastValue"
  | {
      type: "histogram";
      /** Strictly increasing upper bounds. */
      boundaries?: readonly number[];
      recordMinMax?: boolean;
    }
  | {
      type: "exponentialHistogram";
      /** Buckets per series, at least 2. Default 160. */
      maxSize?: number;
      /** -10 to 20. Default 20. */
      maxScale?: number;
      recordMinMax?: boolean;
    };

export interface MetricView {
  /** Which instruments, `*` and `?` are wildcards. At least one selector is needed; all of them have to match. */
  instrumentName?: string;
  instrumentKind?: InstrumentKind;
  instrumentUnit?: string;
  /** Which scope, with wildcards: the name given to `getMeter`. */
  meterName?: string;
  meterVersion?: string;
  meterSchemaUrl?: string;
  /** New name of the stream; only for a selector that matches one instrument. */
  name?: string;
  description?: string;
  /** Attributes to keep; others are dropped, and series that become equal are merged. */
  attributeKeys?: readonly string[];
  /** Attributes to drop. */
  excludedAttributeKeys?: readonly string[];
  aggregation?: Aggregation;
  /** Attribute sets of the stream; the default is 2 000. */
  cardinalityLimit?: number;
}

/** What one view makes of one instrument. */
export interface StreamPlan {
  readonly name: string;
  readonly description: string;
  readonly aggregation: Aggregation;
  readonly keepsKey: ((key: string) => boolean) | undefined;
  readonly cardinalityLimit: number | undefined;
}

/** Throws a RangeError or TypeError that names the view's mistake. */
export function checkView(view: MetricView): void {
  const selectors = [
    view.instrumentName,
    view.instrumentKind,
    view.instrumentUnit,
    view.meterName,
    view.meterVersion,
    view.meterSchemaUrl,
  ];
  if (selectors.every((selector) => selector === undefined)) {
    throw new TypeError(
      'Cannot use metric view: it selects nothing; give at least instrumentName ("*" for all)',
    );
  }
  const label = view.instrumentName ?? view.meterName ?? "*";
  if (view.name !== undefined) {
    const problem = problemOfName(view.name);
    if (problem !== undefined) throw cannotUse(label, problem);
    if (view.instrumentName === undefined || /[*?]/u.test(view.instrumentName)) {
      throw cannotUse(label, "a view with a name must select exactly one instrument by its name");
    }
  }
  if (view.cardinalityLimit !== undefined && !(view.cardinalityLimit >= 1)) {
    throw cannotUse(
      label,
      `cardinalityLimit must be 1 or more, current value is ${view.cardinalityLimit}`,
    );
  }
  const problem = problemOfAggregation(view.aggregation ?? "default");
  if (problem !== undefined) throw cannotUse(label, problem);
}

/** The streams of an instrument. `report` is told of a view that cannot be applied to it. */
export function planStreams(
  descriptor: InstrumentDescriptor,
  scope: ScopeIdentity,
  views: readonly MetricView[],
  report: (problem: string) => void,
): StreamPlan[] {
  const matching = views.filter((view) => matches(view, descriptor, scope));
  if (matching.length === 0) return [planOf({}, descriptor, report)];
  return matching
    .map((view) => planOf(view, descriptor, report))
    .filter((plan) => plan.aggregation !== "drop");
}

function planOf(
  view: MetricView,
  descriptor: InstrumentDescriptor,
  report: (problem: string) => void,
): StreamPlan {
  let { aggregation = "default" } = view;
  if (!isPossible(aggregation, descriptor.kind)) {
    report(
      `a view asks for an aggregation that a ${descriptor.kind} cannot have, and is ignored there`,
    );
    aggregation = "default";
  }
  return {
    name: view.name ?? descriptor.name,
    description: view.description ?? descriptor.description,
    aggregation,
    keepsKey: keyFilter(view, descriptor),
    cardinalityLimit: view.cardinalityLimit,
  };
}

function keyFilter(
  view: MetricView,
  descriptor: InstrumentDescriptor,
): ((key: string) => boolean) | undefined {
  const { attributeKeys = descriptor.advice.attributeKeys, excludedAttributeKeys } = view;
  if (attributeKeys === undefined && excludedAttributeKeys === undefined) return undefined;
  const kept = attributeKeys === undefined ? undefined : new Set(attributeKeys);
  const excluded = new Set(excludedAttributeKeys);
  return (key) => (kept?.has(key) ?? true) && !excluded.has(key);
}

function matches(
  view: MetricView,
  descriptor: InstrumentDescriptor,
  scope: ScopeIdentity,
): boolean {
  return (
    matchesPattern(view.instrumentName?.toLowerCase(), descriptor.name.toLowerCase()) &&
    (view.instrumentKind === undefined || view.instrumentKind === descriptor.kind) &&
    matchesPattern(view.instrumentUnit, descriptor.unit) &&
    matchesPattern(view.meterName, scope.name) &&
    matchesPattern(view.meterVersion, scope.version ?? "") &&
    matchesPattern(view.meterSchemaUrl, scope.schemaUrl ?? "")
  );
}

/** `*` is any text, `?` one character. Walks back only to the last `*`, so no pattern is slow. */
export function matchesPattern(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  let at = 0;
  let star = -1;
  let starAt = 0;
  let i = 0;
  while (i < text.length) {
    if (pattern[at] === "*") {
      star = at++;
      starAt = i;
    } else if (pattern[at] === "?" || pattern[at] === text[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++starAt;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

function isPossible(aggregation: Aggregation, kind: InstrumentKind): boolean {
  if (aggregation === "default" || aggregation === "drop") return true;
  if (isObservable(kind)) {
    return aggregation === (kind === "observableGauge" ? "lastValue" : "sum");
  }
  if (aggregation === "sum") return kind !== "gauge";
  // Values of the others may be negative, which the sum of a histogram must not be.
  return aggregation === "lastValue" || kind === "histogram" || kind === "counter";
}

function problemOfAggregation(aggregation: Aggregation): string | undefined {
  if (typeof aggregation === "string") {
    return ["default", "drop", "sum", "lastValue"].includes(aggregation)
      ? undefined
      : `there is no aggregation "${aggregation}"`;
  }
  if (aggregation.type === "histogram") return problemOfBoundaries(aggregation.boundaries ?? []);
  const { maxSize = 160, maxScale = 20 } = aggregation;
  if (!(Number.isInteger(maxSize) && maxSize >= 2 && maxSize <= 1_024)) {
    return `maxSize must be 2 to 1024, current value is ${maxSize}`;
  }
  if (!(Number.isInteger(maxScale) && maxScale >= -10 && maxScale <= 20)) {
    return `maxScale must be -10 to 20, current value is ${maxScale}`;
  }
  return undefined;
}

function cannotUse(label: string, problem: string): RangeError {
  return new RangeError(`Cannot use metric view of "${label}": ${problem}`);
}
