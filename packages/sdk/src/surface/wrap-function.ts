// wrap-function.ts — the function that stands in for a traced one.

import type { Attributes, SpanKind } from "@opentelemetry/api";
import { shared } from "../state/state.ts";
import { RecordingSpan } from "../trace/trace.ts";
import { tracedGenerator, isGeneratorFunction } from "./traced-generator.ts";
import { runInSpan } from "./with-span.ts";
import type { WithSpanOptions } from "./with-span.ts";

// Parameters of any function: `never[]` accepts every one without `any`.
export type AnyFunction = (...args: never[]) => unknown;

export interface TracedOptions<A extends readonly unknown[] = never[]> {
  /** Default: the function's name, or "Class.method". */
  name?: string;
  kind?: SpanKind;
  /** Fixed, or computed from the call's arguments. */
  attributes?: Attributes | ((...args: A) => Attributes | undefined);
  /** Puts what the call returned into the attribute `result`. Default false. */
  recordResult?: boolean;
  /** Status when the call returns. Default "unset". */
  statusOnSuccess?: "unset" | "ok";
  /** Status when it throws an AbortError. Default "error". */
  statusOnAbort?: "unset" | "error";
}

/** Where a decorated function lives; the owner is found at the call where a decorator does not know it. */
export interface MemberName {
  readonly member: string;
  readonly owner?: string;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Throws a TypeError for what cannot be called without `new`. */
export function wrapFunction<F extends AnyFunction>(
  fn: F,
  options: TracedOptions,
  member?: MemberName,
): F {
  if (typeof fn !== "function" || /^class\b/.test(Function.prototype.toString.call(fn))) {
    throw new TypeError(
      `Cannot trace ${typeof fn === "function" ? `class "${fn.name}"` : String(fn)}: it is not a function that can be called`,
    );
  }
  const inner = fn as unknown as Method;
  const callName = nameFinder(fn.name, options.name, member);
  const wrapped: Method = isGeneratorFunction(fn)
    ? function (...args) {
        if (shared.running === undefined) return inner.apply(this, args);
        const name = callName(this);
        return tracedGenerator(name, callOptions(options, name, args), inner.apply(this, args));
      }
    : function (...args) {
        if (shared.running === undefined) return inner.apply(this, args);
        const name = callName(this);
        return runInSpan(name, callOptions(options, name, args), (span) => {
          const result = inner.apply(this, args);
          if (options.recordResult === true && span instanceof RecordingSpan) {
            return recorded(result, span);
          }
          return result;
        });
      };
  return copyProperties(fn, wrapped) as unknown as F;
}

/** "Class.method", a given name, or the function's own. */
function nameFinder(
  functionName: string,
  given: string | undefined,
  member: MemberName | undefined,
): (self: unknown) => string {
  if (given !== undefined) return () => given;
  if (member === undefined) return () => functionName || "anonymous";
  const { owner } = member;
  if (owner !== undefined) return () => `${owner}.${member.member}`;
  return (self) => {
    const found = ownerName(self);
    return found === "" ? member.member : `${found}.${member.member}`;
  };
}

function ownerName(self: unknown): string {
  try {
    if (typeof self === "function") return self.name;
    return (self as object | undefined)?.constructor.name ?? "";
  } catch {
    return ""; // an object without a constructor
  }
}

function callOptions(options: TracedOptions, name: string, args: unknown[]): WithSpanOptions {
  const { kind, statusOnSuccess, statusOnAbort } = options;
  return {
    attributes: { "code.function.name": name, ...attributesOf(options, args) },
    ...(kind === undefined ? {} : { kind }),
    ...(statusOnSuccess === undefined ? {} : { statusOnSuccess }),
    ...(statusOnAbort === undefined ? {} : { statusOnAbort }),
  };
}

function attributesOf({ attributes }: TracedOptions, args: unknown[]): Attributes | undefined {
  if (typeof attributes !== "function") return attributes;
  try {
    return attributes(...(args as never[]));
  } catch (error) {
    shared.running?.wiring.diagnostics.sayOnce(
      "info",
      "traced.attributes_failed",
      `Cannot compute the attributes of a traced call: ${String(error)}`,
    );
    return undefined;
  }
}

function recorded(result: unknown, span: RecordingSpan): unknown {
  if (!(result instanceof Promise)) {
    span.setAttribute("result", result);
    return result;
  }
  return result.then((value: unknown) => {
    span.setAttribute("result", value);
    return value;
  });
}

/** `name`, `length` and whatever the app hung on the function. */
function copyProperties(from: object, to: Method): Method {
  for (const key of Reflect.ownKeys(from)) {
    if (key === "prototype" || key === "arguments" || key === "caller") continue;
    Object.defineProperty(to, key, Object.getOwnPropertyDescriptor(from, key)!);
  }
  return to;
}
