// context.ts — the current context, for the SDK itself.
//
// While our manager is the api's registered one, the AsyncLocalStorage is read directly. When somebody
// else registered first (another SDK, a framework), the api is asked, so that our spans are visible to
// everybody else's code and theirs to ours.

import { context as api, ROOT_CONTEXT } from "@opentelemetry/api";
import type { Context, Span } from "@opentelemetry/api";
import { shared } from "../state/state.ts";
import { TelemetryContextManager } from "./context-manager.ts";
import { isSuppressed, ROOT, SPAN_KEY, SUPPRESS_KEY } from "./telemetry-context.ts";

export { TelemetryContextManager } from "./context-manager.ts";
export {
  BAGGAGE_KEY,
  baggageOf,
  isSuppressed,
  ROOT,
  SPAN_KEY,
  spanOf,
  TelemetryContext,
} from "./telemetry-context.ts";

/** The one manager of this process, also for a second copy of this package. */
export function contextManager(): TelemetryContextManager {
  return (shared.contextManager ??= new TelemetryContextManager());
}

export function activeContext(): Context {
  const manager = shared.directContext;
  return manager === undefined
    ? api.active()
    : (manager.storage.getStore() ?? shared.rootContext ?? ROOT);
}

/** Calls `fn` with `context` current, also in everything asynchronous that it starts. */
export function runInContext<T>(context: Context, fn: () => T): T {
  const manager = shared.directContext;
  return manager === undefined ? api.with(context, fn) : manager.storage.run(context, fn);
}

/** The context with another current span. The api's empty context becomes ours, which costs a quarter. */
export function contextWithSpan(context: Context, span: Span): Context {
  return context === ROOT_CONTEXT ? ROOT.withSpan(span) : context.setValue(SPAN_KEY, span);
}

/** Calls `fn` without recording any span in it: for the SDK's own requests. */
export function runSuppressed<T>(fn: () => T): T {
  const context = activeContext();
  return isSuppressed(context) ? fn() : runInContext(context.setValue(SUPPRESS_KEY, true), fn);
}

const DETACHED = ROOT.setValue(SUPPRESS_KEY, true);

/**
 * Calls `fn` without recording, and with nothing of the app's context in it: for what outlives its caller, such as a
 * connection. `mark` is a key that is set in it, for code that wants to know.
 */
export function runDetached<T>(fn: () => T, mark?: symbol): T {
  return runInContext(mark === undefined ? DETACHED : DETACHED.setValue(mark, true), fn);
}
