// carry.ts — context across borders: to another process by headers, to a queue or callback by hand.

import type { Context } from "@opentelemetry/api";
import { activeContext, ROOT, runInContext } from "../context/context.ts";
import {
  carrierGetter,
  carrierSetter,
  environmentSetter,
  variableOf,
} from "../propagation/propagation.ts";
import type { Carrier } from "../propagation/propagation.ts";
import { shared } from "../state/state.ts";

/** What a process that does not run telemetry must not pass on as its own. */
const HEADERS = ["traceparent", "tracestate", "baggage"];

/**
 * Writes the current context into headers: `traceparent`, `tracestate` and `baggage`. The carrier may be a plain
 * object, Headers, a Map, gRPC Metadata, or a request of node:http. Returns the carrier.
 *
 * @example
 * import { injectContext } from "@telemetry/sdk";
 *
 * const message = { body: "…", headers: injectContext({}) };
 */
export function injectContext<C extends Carrier>(carrier: C, context?: Context): C {
  shared.running?.propagator.inject(context ?? activeContext(), carrier, carrierSetter);
  return carrier;
}

/**
 * Reads a context that {@link injectContext} (or any W3C sender) wrote. Headers are found in any case. Without a
 * valid `traceparent` the result is an empty context. Never throws.
 *
 * @example
 * import { extractContext, runWithContext, withSpan } from "@telemetry/sdk";
 *
 * const headers = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
 * runWithContext(extractContext(headers), () => withSpan("consume", () => {}));
 */
export function extractContext(carrier: Carrier): Context {
  if (typeof carrier !== "object" || carrier === null) return ROOT;
  return shared.running?.propagator.extract(ROOT, carrier, carrierGetter) ?? ROOT;
}

/**
 * Environment variables for a child process, with the current context in TRACEPARENT, TRACESTATE and BAGGAGE:
 * what a child that starts telemetry records belongs to this trace.
 *
 * @example
 * import { spawn } from "node:child_process";
 * import { contextEnvironment } from "@telemetry/sdk";
 *
 * spawn(process.execPath, ["--version"], { env: contextEnvironment() });
 */
export function contextEnvironment(
  base: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string | undefined> {
  const environment = { ...base };
  const propagator = shared.running?.propagator;
  for (const field of propagator?.fields() ?? HEADERS) delete environment[variableOf(field)];
  propagator?.inject(activeContext(), environment, environmentSetter);
  return environment;
}

/**
 * Runs `fn` with `context` current.
 *
 * @example
 * import { extractContext, runWithContext } from "@telemetry/sdk";
 *
 * runWithContext(extractContext({}), () => console.log("a new trace starts here"));
 */
export function runWithContext<T>(context: Context, fn: () => T): T {
  return runInContext(context, fn);
}

/**
 * A function that runs in the context of now, whenever and from wherever it is called: for queues, event
 * emitters and pools of one's own.
 *
 * @example
 * import { bind } from "@telemetry/sdk";
 *
 * const queue: (() => void)[] = [];
 * queue.push(bind(() => console.log("belongs to the span that queued it")));
 */
export function bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
  const context = activeContext();
  function bound(this: unknown, ...args: A): R {
    return runInContext(context, () => fn.apply(this, args));
  }
  return Object.defineProperty(bound, "length", { value: fn.length, configurable: true });
}
