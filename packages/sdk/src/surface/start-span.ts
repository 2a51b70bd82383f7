import type { Context, Span } from "@opentelemetry/api";
import { activeContext, spanOf } from "../context/context.ts";
import { shared } from "../state/state.ts";
import { INVALID_SPAN } from "../trace/trace.ts";
import type { OwnSpan } from "../trace/trace.ts";
import { isParent, placeOf } from "./parent.ts";
import type { ParentInput, StartSpanOptions } from "./parent.ts";

/** A span of the api that `using` can end. */
export interface TelemetrySpan extends Span, Disposable {}

const NO_OPTIONS: StartSpanOptions = {};

/**
 * Starts a span below the current one, or below `parent`; `null` starts a new trace. You end it. It does not
 * become the current span: for work inside a function, {@link withSpan} is shorter and records errors.
 *
 * With `using`, the span ends with its block; it is still not current, and never sees the exception that
 * ended the block.
 *
 * @example
 * import { startSpan } from "@telemetry/sdk";
 *
 * const span = startSpan("reindex", { attributes: { "index.name": "products" } });
 * const child = startSpan("read", span);
 * child.end();
 * span.end();
 *
 * @example
 * import { startSpan } from "@telemetry/sdk";
 *
 * {
 *   using span = startSpan("warm up");
 *   span.setAttribute("cache.size", 100);
 * } // ended here
 */
export function startSpan(name: string, parent?: ParentInput): TelemetrySpan;
export function startSpan(name: string, options: StartSpanOptions): TelemetrySpan;
export function startSpan(
  name: string,
  parentOrOptions?: ParentInput | StartSpanOptions,
): TelemetrySpan {
  return start(name, parentOrOptions);
}

/** `startSpan` for the functions of this folder, without narrowing the type. */
export function start(name: string, parentOrOptions?: ParentInput | StartSpanOptions): OwnSpan {
  const { running } = shared;
  if (running === undefined) return INVALID_SPAN;
  try {
    const options = parentOrOptions === undefined ? NO_OPTIONS : optionsOf(parentOrOptions);
    return startWith(name, options, activeContext());
  } catch (error) {
    return refused(error);
  }
}

/** The same where the shape is known. `current` is the current context. hot: see bench/trace. */
export function startWith(name: string, options: StartSpanOptions, current: Context): OwnSpan {
  const { running } = shared;
  if (running === undefined) return INVALID_SPAN;
  try {
    if (options.parent === undefined && options.root !== true) {
      return running.tracer.start(name, options, spanOf(current), current);
    }
    const { parent, context } = placeOf(options.root === true ? null : options.parent, current);
    return running.tracer.start(name, options, parent, context);
  } catch (error) {
    return refused(error);
  }
}

/** Only what the app passed can throw: a Proxy, a getter, a span of its own making. */
function refused(error: unknown): OwnSpan {
  shared.running?.wiring.diagnostics.sayOnce(
    "info",
    "span.start_failed",
    `Cannot start a span: ${String(error)}`,
  );
  return INVALID_SPAN;
}

function optionsOf(input: ParentInput | StartSpanOptions): StartSpanOptions {
  if (input === null) return { root: true };
  if (typeof input !== "object") return NO_OPTIONS;
  return isParent(input) ? { parent: input } : input;
}
