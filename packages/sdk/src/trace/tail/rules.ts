// rules.ts — what an app writes as `sample: { errors: 1, slowMs: 500, rest: 0.05 }`, checked and as thresholds.

import { EVERY_TRACE, thresholdOf } from "../probability.ts";
import type { Threshold } from "../probability.ts";

/** Which traces are kept, decided when this process has done its part of them. */
export interface SampleRules {
  /** Probability, from 0 to 1, of keeping a trace in which a span ended with status ERROR. Default: that of `rest`. */
  errors?: number;
  /** A trace is kept whose local root, the span with which it entered this process, lasted so many milliseconds. */
  slowMs?: number;
  /** Probability, from 0 to 1, of keeping any other trace. Services with the same number keep the same traces. */
  rest: number;
}

/** The rules with every default filled in. */
export interface TailRules {
  readonly errors: Threshold;
  readonly slowMs: number;
  readonly rest: Threshold;
  /** The probability of `rest`. */
  readonly restShare: number;
}

const NAMES: readonly string[] = ["errors", "slowMs", "rest"] satisfies (keyof SampleRules)[];

/** Throws a TypeError or RangeError that names what cannot be used. */
export function tailRulesOf(given: SampleRules): TailRules {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `Cannot use option sample: it must be like { errors: 1, slowMs: 500, rest: 0.05 }, current value is ${String(given)}`,
    );
  }
  const unknown = Object.keys(given).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot use option sample: there is no rule "${unknown}"; there are ${NAMES.join(", ")}`,
    );
  }
  const { rest, errors = rest, slowMs = Number.POSITIVE_INFINITY } = given;
  for (const [name, share] of Object.entries({ rest, errors })) {
    if (!(typeof share === "number" && share >= 0 && share <= 1)) {
      throw new RangeError(
        `Cannot use option sample: ${name} must be a probability from 0 to 1, current value is ${String(share)}`,
      );
    }
  }
  if (!(typeof slowMs === "number" && slowMs >= 0)) {
    throw new RangeError(
      `Cannot use option sample: slowMs must be 0 or more milliseconds, current value is ${String(slowMs)}`,
    );
  }
  return { errors: thresholdOf(errors), slowMs, rest: thresholdOf(rest), restShare: rest };
}

/** Whether what happens in a trace can change whether it is kept. */
export function waitsForTheEnd({ errors, slowMs, rest }: TailRules): boolean {
  if (rest.text === EVERY_TRACE.text) return false;
  return errors.text !== rest.text || slowMs !== Number.POSITIVE_INFINITY;
}
