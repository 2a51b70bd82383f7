// resolve.ts — what a filter means for one signal: every condition becomes a subject and a test.
//
// Both compilers start here, so that what is a field, what is a number and what `severity = error`
// means is decided once. Values that a field cannot have are told here, with their position.

import type { Signal } from "@telemetry/otlp";
import { TEXT_FIELDS, findField, type Field } from "./fields.ts";
import { parseDuration, parseNumber } from "./literals.ts";
import {
  FilterSyntaxError,
  type CompareOperator,
  type Filter,
  type FilterKey,
  type Literal,
} from "./tree.ts";

export type Resolved =
  | { readonly type: "everything" }
  | { readonly type: "and" | "or"; readonly operands: readonly Resolved[] }
  | { readonly type: "not"; readonly operand: Resolved }
  | { readonly type: "condition"; readonly subject: Subject; readonly test: Test };

/** A condition on attributes holds if it holds for the row's own or for its resource's, as `owners` says. */
export type Subject =
  | { readonly type: "field"; readonly field: Field }
  | {
      readonly type: "attribute";
      readonly name: string;
      readonly owners: ReadonlyArray<"row" | "resource">;
    };

/** Strings are compared byte by byte, numbers exactly, whichever of int and double they are. */
export type Test =
  | { readonly type: "exists" }
  | { readonly type: "string"; readonly operator: CompareOperator; readonly value: string }
  | { readonly type: "number"; readonly operator: CompareOperator; readonly value: number | bigint }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "contains"; readonly text: string }
  | { readonly type: "match"; readonly pattern: string };

/** Throws FilterSyntaxError where a field is asked for what it cannot be. */
export function resolveFilter(filter: Filter, signal: Signal): Resolved {
  switch (filter.type) {
    case "everything":
      return filter;
    case "and":
    case "or":
      return { type: filter.type, operands: filter.operands.map((o) => resolveFilter(o, signal)) };
    case "not":
      return { type: "not", operand: resolveFilter(filter.operand, signal) };
    case "text":
      return resolveText(filter.text, signal);
    default: {
      const subject = resolveKey(filter.key, signal);
      if (filter.type === "compare") return resolveCompare(filter, subject);
      if (filter.type === "exists") return { type: "condition", subject, test: { type: "exists" } };
      requireText(subject, filter.key);
      const test: Test =
        filter.type === "contains"
          ? { type: "contains", text: filter.text }
          : { type: "match", pattern: filter.pattern };
      return { type: "condition", subject, test };
    }
  }
}

function resolveText(text: string, signal: Signal): Resolved {
  const operands = TEXT_FIELDS[signal].map((name): Resolved => ({
    type: "condition",
    subject: { type: "field", field: findField(signal, name) as Field },
    test: { type: "contains", text },
  }));
  return { type: "or", operands };
}

/** What a key means for a signal: one of its fields, or an attribute. */
export function resolveKey(key: FilterKey, signal: Signal): Subject {
  const field = key.owner === "any" && !key.quoted ? findField(signal, key.name) : undefined;
  if (field !== undefined) return { type: "field", field };
  const owners = { any: ["row", "resource"], attribute: ["row"], resource: ["resource"] } as const;
  return { type: "attribute", name: key.name, owners: owners[key.owner] };
}

function resolveCompare(
  { key, operator, value }: Extract<Filter, { type: "compare" }>,
  subject: Subject,
): Resolved {
  if (subject.type === "field" && subject.field.type === "severity") {
    return resolveSeverity(subject, operator, value);
  }
  const test =
    subject.type === "field"
      ? fieldTest(subject.field, operator, value)
      : attributeTest(key, operator, value);
  return { type: "condition", subject, test };
}

/** `200` and `true` are a number and a boolean, `"200"` and `checkout` are strings. */
function attributeTest(key: FilterKey, operator: CompareOperator, value: Literal): Test {
  const { text, quoted, position } = value;
  if (quoted) return { type: "string", operator, value: text };
  if (text === "true" || text === "false") {
    if (operator === "=") return { type: "boolean", value: text === "true" };
    throw new FilterSyntaxError(`"${text}" has no order`, position);
  }
  const number = parseNumber(text);
  if (number !== undefined) return { type: "number", operator, value: number };
  if (operator !== "=" && parseDuration(text) !== undefined) {
    throw new FilterSyntaxError(
      `"${key.name}" is an attribute without a unit; write a number instead of "${text}"`,
      position,
    );
  }
  return { type: "string", operator, value: text };
}

function fieldTest(field: Field, operator: CompareOperator, value: Literal): Test {
  const { text, position } = value;
  switch (field.type) {
    case "id":
      return { type: "string", operator, value: text.replaceAll("-", "").toLowerCase() };
    case "kind":
      return { type: "string", operator: equalsOnly(field, operator, value), value: kindOf(value) };
    case "status":
      return {
        type: "string",
        operator: equalsOnly(field, operator, value),
        value: statusOf(value),
      };
    case "duration": {
      const ns = parseDuration(text);
      if (ns !== undefined) return { type: "number", operator, value: ns };
      throw new FilterSyntaxError(
        `"${text}" is no duration; write it with a unit, as in 100ms or 1.5s`,
        position,
      );
    }
    default:
      return { type: "string", operator, value: text };
  }
}

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const STATUSES = ["unset", "ok", "error"];

function kindOf(value: Literal): string {
  return oneOf(KINDS, value, "span kind");
}

function statusOf(value: Literal): string {
  return oneOf(STATUSES, value, "status");
}

/** In the spelling of the columns: `Server`, `Error`. */
function oneOf(names: readonly string[], { text, position }: Literal, what: string): string {
  const name = text.toLowerCase();
  if (!names.includes(name)) {
    throw new FilterSyntaxError(`"${text}" is no ${what}; use ${names.join(", ")}`, position);
  }
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function equalsOnly(field: Field, operator: CompareOperator, value: Literal): "=" {
  if (operator === "=") return operator;
  throw new FilterSyntaxError(`"${field.name}" has no order`, value.position);
}

/** First SeverityNumber of each name; each covers four. */
const SEVERITIES: Record<string, bigint> = {
  trace: 1n,
  debug: 5n,
  info: 9n,
  warn: 13n,
  warning: 13n,
  error: 17n,
  fatal: 21n,
};

/** `= error` is 17 to 20, `> warn` begins at error, and a number is itself. */
function resolveSeverity(subject: Subject, operator: CompareOperator, value: Literal): Resolved {
  const number = parseNumber(value.text);
  if (number !== undefined) return condition(subject, operator, number);
  const first = SEVERITIES[value.text.toLowerCase()];
  if (first === undefined) {
    const names = "trace, debug, info, warn, error, fatal or a number from 0 to 24";
    throw new FilterSyntaxError(`"${value.text}" is no severity; use ${names}`, value.position);
  }
  const last = first + 3n;
  if (operator === "=") {
    const operands = [condition(subject, ">=", first), condition(subject, "<=", last)];
    return { type: "and", operands };
  }
  return condition(subject, operator, operator === "<" || operator === ">=" ? first : last);
}

function condition(subject: Subject, operator: CompareOperator, value: number | bigint): Resolved {
  return { type: "condition", subject, test: { type: "number", operator, value } };
}

function requireText(subject: Subject, key: FilterKey): void {
  if (subject.type === "attribute") return;
  const { type } = subject.field;
  if (type === "string" || type === "id") return;
  throw new FilterSyntaxError(`"${key.name}" is no text and can only be compared`, key.position);
}
