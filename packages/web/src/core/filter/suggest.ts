// suggest.ts — what could be typed next into a filter: a key, or a value of the key before an operator.

import { formatAttributeTerm, formatTerm } from "./edit.ts";
import type { Operator } from "./edit.ts";

export interface Suggestion {
  /** What the draft becomes. */
  readonly text: string;
  readonly note: string;
  /** The draft is a whole term now; otherwise typing goes on. */
  readonly isTerm: boolean;
}

export interface KnownKey {
  readonly key: string;
  readonly note: string;
}

export interface KnownValue {
  readonly value: string | number | boolean;
  readonly note: string;
}

/** `before` is kept as it is typed. */
export type DraftPart =
  | { readonly type: "key"; readonly typed: string }
  | {
      readonly type: "value";
      readonly key: string;
      readonly operator: Operator;
      readonly typed: string;
    };

const SUGGESTIONS_MAX = 9;

/** Keys whose values have an order are asked with it. */
const OPERATORS: Readonly<Record<string, Operator>> = { duration: ">", severity: ">=" };

/** What is being typed; undefined inside free text. */
export function parseDraft(draft: string): DraftPart | undefined {
  const value = /^\s*([^\s"'(),=<>~!]+)\s*(!=|>=|<=|=|>|<)\s*"?([^"]*)$/.exec(draft);
  if (value !== null) {
    return { type: "value", key: value[1]!, operator: value[2] as Operator, typed: value[3]! };
  }
  const word = draft.trim();
  return /[\s"'(),=<>~!]/.test(word) ? undefined : { type: "key", typed: word };
}

/** Keys that contain what was typed, those that begin with it first. */
export function suggestKeys(typed: string, keys: readonly KnownKey[]): Suggestion[] {
  return bestMatches(keys, typed, ({ key }) => key).map(({ key, note }) => ({
    text: `${key} ${OPERATORS[key] ?? "="} `,
    note,
    isTerm: false,
  }));
}

/** Values that contain what was typed; of a field as names, of an attribute with their type. */
export function suggestValues(
  { key, operator, typed }: Extract<DraftPart, { type: "value" }>,
  values: readonly KnownValue[],
  isField: boolean,
): Suggestion[] {
  return bestMatches(values, typed, ({ value }) => String(value)).map(({ value, note }) => ({
    text: isField
      ? formatTerm(key, operator, String(value))
      : formatAttributeTerm(key, operator, value),
    note,
    isTerm: true,
  }));
}

function bestMatches<T>(candidates: readonly T[], typed: string, textOf: (one: T) => string): T[] {
  const wanted = typed.toLowerCase();
  const matches = candidates.filter((one) => textOf(one).toLowerCase().includes(wanted));
  const begins = (one: T): number => (textOf(one).toLowerCase().startsWith(wanted) ? 0 : 1);
  return matches.sort((a, b) => begins(a) - begins(b)).slice(0, SUGGESTIONS_MAX);
}
