// bind-emitter.ts — makes every listener added to an EventEmitter from now on run in one context.
//
// An http server binds two emitters per request, so the replaced methods are shared functions that find what they need
// on the emitter. They note the app's own function as `listener`, as Node's `once` does: Node then removes and lists a
// bound listener by the function that was added, and nothing has to be kept or replaced for that. A table of bound
// listeners per emitter, and methods to remove them, kept whole requests alive until the next major collection: a
// quarter of the CPU of an express server, and twice its p99 (bench/results/server.md).

import type { AsyncLocalStorage } from "node:async_hooks";
import type { EventEmitter } from "node:events";
import type { Context } from "@opentelemetry/api";

type Listener = ((...args: unknown[]) => unknown) & { listener?: unknown };
type Method = (this: EventEmitter, event: string | symbol, listener: Listener) => EventEmitter;
type Adding = "addListener" | "on" | "prependListener";

interface Binding extends Readonly<Record<Adding, Method>> {
  readonly storage: AsyncLocalStorage<Context>;
  readonly context: Context;
}

const BINDING = Symbol("telemetry.binding");
type BoundEmitter = EventEmitter & { [BINDING]?: Binding };

/** Binding twice keeps the first context, as the api's own manager does. */
export function bindEmitter(
  emitter: EventEmitter,
  storage: AsyncLocalStorage<Context>,
  context: Context,
): void {
  const bound: BoundEmitter = emitter;
  if (bound[BINDING] !== undefined) return;
  const { addListener, on, prependListener } = emitter;
  bound[BINDING] = { storage, context, addListener, on, prependListener };
  bound.addListener = METHODS.addListener;
  bound.on = METHODS.on;
  bound.prependListener = METHODS.prependListener;
  bound.once = METHODS.once;
  bound.prependOnceListener = METHODS.prependOnceListener;
}

const METHODS = {
  addListener: adding("addListener"),
  on: adding("on"),
  prependListener: adding("prependListener"),
  once: addingOnce("on"),
  prependOnceListener: addingOnce("prependListener"),
};

function adding(name: Adding): Method {
  return function (event, listener) {
    const binding = (this as BoundEmitter)[BINDING]!;
    const { storage, context } = binding;
    if (typeof listener !== "function") return binding[name].call(this, event, listener);
    const target: Listener = function (this: unknown, ...args) {
      return storage.run(context, Reflect.apply, listener, this, args);
    };
    target.listener = listener;
    return binding[name].call(this, event, target);
  };
}

function addingOnce(name: Adding): Method {
  return function (event, listener) {
    const binding = (this as BoundEmitter)[BINDING]!;
    const { storage, context } = binding;
    if (typeof listener !== "function") return binding[name].call(this, event, listener);
    const target: Listener = function (this: EventEmitter, ...args) {
      this.removeListener(event, target);
      return storage.run(context, Reflect.apply, listener, this, args);
    };
    target.listener = listener;
    return binding[name].call(this, event, target);
  };
}
