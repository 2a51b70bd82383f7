// predicate.ts — filter to a function over the rows of a Batch: the present's half of what sql.ts is for
// the past. predicate.test.ts holds the two against each other with the real engine.
//
// A row's attributes are looked at as ClickHouse's JSON column will have them: a map inside is its
// dotted paths, bytes are base64 text, NaN and the infinities are their names.

import { readString, readValue, type AnyValue, type Batch, type Signal } from "@telemetry/otlp";
import { fieldReader } from "./batch-fields.ts";
import { resourceAttributes, rowAttributes, type AttributeRange } from "./batch-rows.ts";
import { patternOf } from "./pattern.ts";
import { resolveFilter, type Resolved, type Subject, type Test } from "./resolve.ts";
import { lowerAscii } from "./sql.ts";
import type { CompareOperator, Filter } from "./tree.ts";

/** Whether a row of a batch passes. A batch of another signal than it was compiled for never does. */
export type Predicate = (batch: Batch, row: number) => boolean;

/** Throws FilterSyntaxError where a field is asked for what it cannot be. */
export function compilePredicate(filter: Filter, signal: Signal): Predicate {
  const predicate = compile(resolveFilter(filter, signal), signal);
  return (batch, row) => batch.signal === signal && predicate(batch, row);
}

function compile(filter: Resolved, signal: Signal): Predicate {
  switch (filter.type) {
    case "everything":
      return () => true;
    case "and": {
      const operands = filter.operands.map((operand) => compile(operand, signal));
      return (batch, row) => operands.every((operand) => operand(batch, row));
    }
    case "or": {
      const operands = filter.operands.map((operand) => compile(operand, signal));
      return (batch, row) => operands.some((operand) => operand(batch, row));
    }
    case "not": {
      const operand = compile(filter.operand, signal);
      return (batch, row) => !operand(batch, row);
    }
    default:
      return compileCondition(filter.subject, filter.test, signal);
  }
}

function compileCondition(subject: Subject, test: Test, signal: Signal): Predicate {
  if (subject.type === "field") {
    const read = fieldReader(signal, subject.field.name);
    if (test.type === "exists") return (batch, row) => String(read(batch, row)) !== "";
    const passes = compileTest(test);
    return (batch, row) => passes(read(batch, row));
  }
  const { name, owners } = subject;
  const passes = test.type === "exists" ? () => true : compileTest(test);
  const ranges = owners.map((owner) => (owner === "row" ? rowAttributes : resourceAttributes));
  return (batch, row) =>
    ranges.some((rangeOf) => someValueAt(batch, rangeOf(batch, row), name, passes));
}

type ValueTest = (value: AnyValue) => boolean;

function compileTest(test: Exclude<Test, { type: "exists" }>): ValueTest {
  switch (test.type) {
    case "string":
      return compileStringTest(test.operator, test.value);
    case "boolean":
      return (value) => value === test.value;
    case "number": {
      const holds = NUMBER_TESTS[test.operator];
      return (value) =>
        (typeof value === "number" || typeof value === "bigint") && holds(value, test.value);
    }
    case "contains": {
      const text = lowerAscii(test.text);
      return (value) => typeof value === "string" && lowerAscii(value).includes(text);
    }
    case "match": {
      const pattern = patternOf(test.pattern);
      return (value) => typeof value === "string" && pattern.test(value);
    }
  }
}

/** JavaScript compares a bigint with a number by their mathematical values, as ClickHouse does. */
const NUMBER_TESTS: Record<CompareOperator, (a: number | bigint, b: number | bigint) => boolean> = {
  // oxlint-disable-next-line eqeqeq -- `===` is false for 5n and 5
  "=": (a, b) => a == b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** Order is that of the UTF-8 bytes, as in ClickHouse, not of UTF-16 units. */
function compileStringTest(operator: CompareOperator, wanted: string): ValueTest {
  if (operator === "=") return (value) => value === wanted;
  const wantedBytes = Buffer.from(wanted);
  const holds = NUMBER_TESTS[operator];
  return (value) =>
    typeof value === "string" && holds(Buffer.compare(Buffer.from(value), wantedBytes), 0);
}

/** Whether a path of the set that reads `name` has a value that passes. */
function someValueAt(
  batch: Batch,
  { start, end }: AttributeRange,
  name: string,
  passes: ValueTest,
): boolean {
  for (let row = start; row < end; row++) {
    const key = readString(batch, batch.attributes.key, row);
    if (!isPrefix(key, name)) continue;
    if (someLeafAt(readValue(batch, batch.attributes, row), key, name, passes)) return true;
  }
  return false;
}

/** Descends into maps as long as the path can still become `name`. */
function someLeafAt(value: AnyValue, path: string, name: string, passes: ValueTest): boolean {
  if (isMap(value)) {
    return Object.entries(value).some(([key, inner]) => {
      const innerPath = `${path}.${key}`;
      return isPrefix(innerPath, name) && someLeafAt(inner, innerPath, name, passes);
    });
  }
  return path === name && value !== null && passes(asStored(value));
}

/** Whether `path` is `name` or one of the maps above it. */
function isPrefix(path: string, name: string): boolean {
  return name.startsWith(path) && (name.length === path.length || name[path.length] === ".");
}

function isMap(value: AnyValue): value is { readonly [key: string]: AnyValue } {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}

/** As the JSON column has it. */
function asStored(value: AnyValue): AnyValue {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value;
}
