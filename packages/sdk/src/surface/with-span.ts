// with-span.ts — a span around a function: current inside, ended by itself, with the error that ended it.

import { SpanStatusCode } from "@opentelemetry/api";
import type { Context, Span } from "@opentelemetry/api";
import { activeContext, runInContext, SPAN_KEY, TelemetryContext } from "../context/context.ts";
import { shared } from "../state/state.ts";
import { INVALID_SPAN, isCancellation, RecordingSpan } from "../trace/trace.ts";
import type { OwnSpan } from "../trace/trace.ts";
import { isContext, isSpan } from "./parent.ts";
import type { StartSpanOptions } from "./parent.ts";
import { startWith } from "./start-span.ts";
import type { TelemetrySpan } from "./start-span.ts";

export interface WithSpanOptions extends StartSpanOptions {
  /** Status when the function returns. Default "unset", as OpenTelemetry advises. */
  statusOnSuccess?: "unset" | "ok";
  /** Status when it throws an AbortError. Default "error". */
  statusOnAbort?: "unset" | "error";
}

const NO_OPTIONS: WithSpanOptions = {};

/**
 * Runs `fn` inside a new span: it is current in `fn` and in everything that `fn` starts, ends when `fn` returns
 * or its promise settles, and records the error if it fails. Returns what `fn` returns; the same error passes up.
 *
 * Given a span instead of a name, that span is current inside, and you end it.
 *
 * A returned promise is followed; another thenable (a query builder) and a stream are not: the span ends
 * when `fn` returns.
 *
 * @example
 * import { withSpan } from "@telemetry/sdk";
 *
 * const total = await withSpan("charge", async (span) => {
 *   span.setAttribute("order.id", "o-17");
 *   return 42;
 * });
 */
export function withSpan<T>(name: string, fn: (span: TelemetrySpan) => T): T;
export function withSpan<T>(
  name: string,
  options: WithSpanOptions,
  fn: (span: TelemetrySpan) => T,
): T;
export function withSpan<T, S extends Span>(span: S, fn: (span: S) => T): T;
export function withSpan<T>(
  nameOrSpan: string | Span,
  optionsOrFn: WithSpanOptions | ((span: never) => T),
  maybeFn?: (span: TelemetrySpan) => T,
): T {
  const fn = (maybeFn ?? optionsOrFn) as (span: Span) => T;
  if (isSpan(nameOrSpan)) {
    return shared.running === undefined
      ? fn(nameOrSpan)
      : runWithSpan(nameOrSpan, fn, nameOrSpan, activeContext());
  }
  const options = maybeFn === undefined ? NO_OPTIONS : (optionsOrFn as WithSpanOptions);
  return runInSpan(nameOrSpan, options, fn);
}

/** The engine of `withSpan(name, …)`. hot: see bench/trace. */
export function runInSpan<T>(
  name: string,
  options: WithSpanOptions,
  fn: (span: TelemetrySpan) => T,
): T {
  if (shared.running === undefined) return fn(INVALID_SPAN);
  const context = activeContext();
  const span = startWith(name, options, context);
  let result: T;
  try {
    // A Context given as parent brings its baggage along.
    const outer = options.parent && isContext(options.parent) ? options.parent : context;
    result = runWithSpan(span, fn, span, outer);
  } catch (error) {
    fail(span, error, options);
    throw error;
  }
  if (result instanceof Promise) return endWith(result, span, options) as T;
  succeed(span, options);
  return result;
}

/** Ends the span when the promise settles; passes on what it settles with. */
function endWith<T>(promise: Promise<T>, span: OwnSpan, options: WithSpanOptions): Promise<T> {
  return promise.then(
    (value) => {
      succeed(span, options);
      return value;
    },
    (error: unknown) => {
      fail(span, error, options);
      throw error;
    },
  );
}

export function succeed(span: OwnSpan, options: WithSpanOptions): void {
  if (!(span instanceof RecordingSpan) || span.ended) return;
  if (options.statusOnSuccess === "ok") span.setStatus({ code: SpanStatusCode.OK });
  span.end();
}

export function fail(span: OwnSpan, error: unknown, options: WithSpanOptions): void {
  if (!(span instanceof RecordingSpan) || span.ended) return;
  if (options.statusOnAbort !== "unset" || !isCancellation(error)) span.recordError(error);
  span.end();
}

/** Calls `fn` with `span` current. */
export function runWithSpan<S, T>(
  span: Span,
  fn: (argument: S) => T,
  argument: S,
  outer: Context,
): T {
  const context =
    outer instanceof TelemetryContext ? outer.withSpan(span) : outer.setValue(SPAN_KEY, span);
  const manager = shared.directContext;
  return manager === undefined
    ? runInContext(context, () => fn(argument))
    : manager.storage.run(context, fn, argument);
}
