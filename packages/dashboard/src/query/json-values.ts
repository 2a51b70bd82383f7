// json-values.ts — OTLP's values in the JSON of our answers: its two kinds of numbers, and its keys.
//
// An integer that a JavaScript number cannot hold is a decimal string (contract.ts). A double keeps its
// point, 1.0 is not 1, which JSON.stringify does only for JSON.rawJSON.

import type { AttributeValue } from "../contract/contract.ts";

/** In Node since 21; not yet in TypeScript's library. */
declare global {
  interface JSON {
    /** An object that JSON.stringify writes as this text, which must be a JSON primitive. */
    rawJSON(text: string): object;
  }
}

/** From its decimal digits. */
export function integerValue(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/**
 * From its text in ClickHouse or JSON. An integral double is an object that only JSON.stringify
 * understands; the type says number because that is what a client reads. JSON has no NaN and no
 * infinities: they are `{"doubleValue": "NaN"}`, as OTLP JSON writes them.
 */
export function doubleValue(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value)) return JSON.rawJSON(withPoint(value)) as unknown as number;
  if (Number.isFinite(value)) return value;
  return { doubleValue: NON_FINITE[text.toLowerCase()] ?? "NaN" } as unknown as number;
}

const NON_FINITE: Record<string, string> = {
  infinity: "Infinity",
  inf: "Infinity",
  "-infinity": "-Infinity",
  "-inf": "-Infinity",
};

function withPoint(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes("e") ? text : `${text}.0`;
}

/** Without a prototype: `__proto__` is a key like any other. */
export function emptyAttributes(): Record<string, AttributeValue> {
  return Object.create(null) as Record<string, AttributeValue>;
}

/** Reviver for JSON.parse that tells 5 from 5.0, and keeps all digits, by the text of the number. */
export function keepNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number") return value;
  const source = context?.source ?? String(value);
  return /^-?\d+$/.test(source) ? integerValue(source) : doubleValue(source);
}
