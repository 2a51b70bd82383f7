// exception.ts — anything that can be thrown, as attributes of an `exception` event.
//
// People throw strings, undefined, frozen objects, Proxies and errors whose getters throw. Each property is
// read once, alone, and what cannot be read is left out.
// https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/

import type { Attributes } from "@opentelemetry/api";

/** Causes that are followed. */
const CAUSES_MAX = 5;

export interface ExceptionFacts {
  /** Class of the error, also the span's `error.type`. */
  readonly type: string;
  readonly message: string;
  readonly stacktrace: string | undefined;
  /** A system's or library's own code, such as ENOENT. */
  readonly code: string | undefined;
}

export function factsOf(thrown: unknown): ExceptionFacts {
  if (typeof thrown !== "object" || thrown === null) {
    return { type: typeof thrown, message: textOf(thrown), stacktrace: undefined, code: undefined };
  }
  const message = read(thrown, "message");
  const code = read(thrown, "code");
  return {
    type: typeNameOf(thrown),
    message: typeof message === "string" ? message : "",
    stacktrace: stackOf(thrown, CAUSES_MAX),
    code: typeof code === "string" || typeof code === "number" ? String(code) : undefined,
  };
}

export function exceptionAttributes(facts: ExceptionFacts): Attributes {
  return {
    "exception.type": facts.type,
    "exception.message": facts.message,
    "exception.stacktrace": facts.stacktrace,
  };
}

/** Whether something was thrown to cancel, not because it failed. */
export function isCancellation(thrown: unknown): boolean {
  return typeof thrown === "object" && thrown !== null && read(thrown, "name") === "AbortError";
}

function typeNameOf(thrown: object): string {
  const name = read(thrown, "name");
  if (typeof name === "string" && name !== "") return name;
  const made = read(thrown, "constructor");
  const madeName = typeof made === "function" ? read(made, "name") : undefined;
  return typeof madeName === "string" && madeName !== "" ? madeName : "object";
}

function stackOf(thrown: object, causesLeft: number): string | undefined {
  const stack = read(thrown, "stack");
  if (typeof stack !== "string") return undefined;
  const cause = read(thrown, "cause");
  if (typeof cause !== "object" || cause === null || causesLeft === 0) return stack;
  const causeStack = stackOf(cause, causesLeft - 1);
  return causeStack === undefined ? stack : `${stack}\nCaused by: ${causeStack}`;
}

function read(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key];
  } catch {
    return undefined; // a getter or Proxy that throws has nothing to say
  }
}

function textOf(value: unknown): string {
  return typeof value === "symbol" ? value.toString() : String(value);
}
