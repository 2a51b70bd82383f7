// bind-emitter.ts — makes every listener added to an EventEmitter from now on run in one context. A listener
// added by another name (`once`, `prependListener`) and removed by the original function must still go.
//
// An http server binds two emitters per request, so the replaced methods are shared functions that find
// what they need on the emitter: no closure per method.

import type { EventEmitter } from "node:events";

type Listener = (...args: unknown[]) => unknown;
type Method = (this: EventEmitter, event: string | symbol, listener: Listener) => EventEmitter;

const NAMES = [
  "addListener",
  "on",
  "prependListener",
  "once",
  "prependOnceListener",
  "removeListener",
  "off",
] as const;
type Name = (typeof NAMES)[number];

interface Binding {
  readonly wrap: (listener: Listener) => Listener;
  readonly originals: Record<Name, Method>;
  /** Bound forms of listeners; made with the first one. */
  wrapped: WeakMap<Listener, Listener> | undefined;
  /** While a method runs: `once` calls `on` of the same emitter, and is wrapped once only. */
  isAdding: boolean;
}

const BINDING = Symbol("telemetry.binding");
type BoundEmitter = EventEmitter & { [BINDING]: Binding };

/** `wrap` makes the bound form of a listener. Binding twice keeps the first context, as the api's own manager does. */
export function bindEmitter(emitter: EventEmitter, wrap: (listener: Listener) => Listener): void {
  if (BINDING in emitter) return;
  const { addListener, on, prependListener, once, prependOnceListener } = emitter;
  const { removeListener, off } = emitter;
  const binding = {
    wrap,
    originals: { addListener, on, prependListener, once, prependOnceListener, removeListener, off },
    wrapped: undefined,
    isAdding: false,
  };
  Object.defineProperty(emitter, BINDING, { value: binding });
  Object.assign(emitter, REPLACED);
}

const REPLACED: Record<Name, Method> = {
  addListener: adding("addListener"),
  on: adding("on"),
  prependListener: adding("prependListener"),
  once: adding("once"),
  prependOnceListener: adding("prependOnceListener"),
  removeListener: removing("removeListener"),
  off: removing("off"),
};

function adding(name: Name): Method {
  return function (event, listener) {
    const binding = (this as BoundEmitter)[BINDING];
    const original = binding.originals[name];
    if (binding.isAdding || typeof listener !== "function") {
      return original.call(this, event, listener);
    }
    const wrapped = (binding.wrapped ??= new WeakMap());
    let target = wrapped.get(listener);
    if (target === undefined) wrapped.set(listener, (target = binding.wrap(listener)));
    binding.isAdding = true;
    try {
      return original.call(this, event, target);
    } finally {
      binding.isAdding = false;
    }
  };
}

function removing(name: Name): Method {
  return function (event, listener) {
    const { originals, wrapped } = (this as BoundEmitter)[BINDING];
    return originals[name].call(this, event, wrapped?.get(listener) ?? listener);
  };
}
