// parent.ts — tells the shapes of a parent and of options apart. The rule, in this order:
//
//   null                             no parent: a new trace
//   has a function `spanContext`     a Span
//   has a function `getValue`        a Context
//   has `traceId` and `spanId`       a SpanContext
//   anything else                    options

import type {
  Attributes,
  Context,
  Link,
  Span,
  SpanContext,
  SpanKind,
  TimeInput,
} from "@opentelemetry/api";
import { ROOT, spanOf } from "../context/context.ts";
import { spanFromContext } from "../trace/trace.ts";

/** What a span can be started below; `null` starts a new trace. */
export type ParentInput = Span | SpanContext | Context | null;

export interface StartSpanOptions {
  /** Default: the current span. */
  parent?: ParentInput | undefined;
  /** Starts a new trace, also inside another span. */
  root?: boolean;
  kind?: SpanKind;
  attributes?: Attributes;
  links?: Link[];
  startTime?: TimeInput;
}

/** Where a new span belongs. */
export interface Place {
  readonly parent: Span | undefined;
  readonly context: Context;
}

export function isParent(input: object): input is Exclude<ParentInput, null> {
  return isSpan(input) || isContext(input) || isSpanContext(input);
}

export function isSpan(input: unknown): input is Span {
  return hasMethod(input, "spanContext");
}

export function isSpanContext(input: unknown): input is SpanContext {
  return typeof input === "object" && input !== null && "traceId" in input && "spanId" in input;
}

export function isContext(input: unknown): input is Context {
  return hasMethod(input, "getValue");
}

function hasMethod(input: unknown, name: string): boolean {
  return (
    typeof input === "object" && input !== null && typeof Reflect.get(input, name) === "function"
  );
}

/** The place that `parent` names; undefined names the current one. */
export function placeOf(parent: ParentInput | undefined, current: Context): Place {
  if (parent === undefined) return { parent: spanOf(current), context: current };
  if (parent === null) return { parent: undefined, context: ROOT };
  if (isSpan(parent)) return { parent, context: current };
  if (isContext(parent)) return { parent: spanOf(parent), context: parent };
  return { parent: spanFromContext(parent), context: current };
}
