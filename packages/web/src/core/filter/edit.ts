// edit.ts — changes a filter term by term: what the quick filters and "filter for this value" do.

import type { AttributeValue } from "@telemetry/dashboard/contract";
import { joinTerms, splitTerms } from "./terms.ts";

export type Operator = "=" | "!=" | ">" | ">=" | "<" | "<=";

const OPERATORS = [">=", "<=", "!=", "=", ">", "<"] as const;

/** Words that the language takes for itself where they stand bare. */
const KEY_WORDS = new Set(["and", "or", "not", "exists", "in", "contains"]);

/** Names of fields and their aliases: an attribute of such a name needs its owner in front. */
const FIELD_NAMES = new Set(
  (
    "name service kind status status.message duration trace span parent scope scope.name scope.version severity " +
    "severity.text body event unit description level message"
  ).split(" "),
);

/** `key operator value`, quoted where the language needs it. The value is one of a field: a name, a duration. */
export function formatTerm(key: string, operator: Operator, value: string): string {
  return `${bare(key)} ${operator} ${bare(value)}`;
}

/** A term about an attribute. Numbers and booleans stay what they are, and `"42"` stays a string. */
export function formatAttributeTerm(
  key: string,
  operator: Operator,
  value: AttributeValue,
): string {
  const name = FIELD_NAMES.has(key) ? `attribute.${key}` : bare(key);
  if (typeof value === "number" || typeof value === "boolean")
    return `${name} ${operator} ${value}`;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const looksTyped = /^[+-]?[\d.]|^(?:true|false|null)$/.test(text);
  return `${name} ${operator} ${looksTyped ? quote(text) : bare(text)}`;
}

/** Adds a term unless it is there already. */
export function addTerm(filter: string, term: string): string {
  const terms = splitTerms(filter);
  return terms.includes(term) ? filter : joinTerms([...terms, term]);
}

export function removeTermAt(filter: string, index: number): string {
  return joinTerms(splitTerms(filter).filter((_, at) => at !== index));
}

/** The value of the first term `key operator value` with one of the keys, without its quotes. */
export function findTerm(
  filter: string,
  keys: readonly string[],
  operator: Operator,
): string | undefined {
  for (const term of splitTerms(filter)) {
    const value = valueOf(term, keys, operator);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Sets the term of the first key to a value, in place of every term with one of the keys; undefined removes them. */
export function replaceTerm(
  filter: string,
  keys: readonly [string, ...string[]],
  operator: Operator,
  value: string | undefined,
): string {
  const terms = splitTerms(filter).filter((term) => valueOf(term, keys, operator) === undefined);
  if (value !== undefined) terms.push(formatTerm(keys[0], operator, value));
  return joinTerms(terms);
}

function valueOf(term: string, keys: readonly string[], operator: Operator): string | undefined {
  for (const key of keys) {
    if (!term.startsWith(key)) continue;
    const rest = term.slice(key.length).trimStart();
    const found = OPERATORS.find((candidate) => rest.startsWith(candidate));
    if (found !== operator) continue;
    const value = /^(?:"((?:[^"\\]|\\[\s\S])*)"|([^\s"'(),=<>~!]+))$/.exec(
      rest.slice(found.length).trim(),
    );
    if (value !== null) return value[2] ?? value[1]!.replace(/\\(["\\])/g, "$1");
  }
  return undefined;
}

function bare(text: string): string {
  const isWord = /^[^\s"'(),=<>~!]+$/.test(text) && !KEY_WORDS.has(text.toLowerCase());
  return isWord ? text : quote(text);
}

/** The only escapes of the language are those of the quote and the backslash. */
function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
