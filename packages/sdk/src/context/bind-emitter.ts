// bind-emitter.ts — makes every listener added to an EventEmitter from now on run in one context. A listener
// added by another name (`once`, `prependListener`) and removed by the original function must still go.

import type { EventEmitter } from "node:events";

type Listener = (...args: unknown[]) => unknown;
type Method = (event: string | symbol, listener: Listener) => EventEmitter;

const ADD = ["addListener", "on", "prependListener", "once", "prependOnceListener"] as const;
const REMOVE = ["removeListener", "off"] as const;

/** Marks emitters that are bound: binding twice keeps the first context, as the api's own manager does. */
const bound = new WeakSet<EventEmitter>();

/** `wrap` makes the bound form of a listener. */
export function bindEmitter(emitter: EventEmitter, wrap: (listener: Listener) => Listener): void {
  if (bound.has(emitter)) return;
  bound.add(emitter);
  const wrapped = new WeakMap<Listener, Listener>();
  let adding = false; // `once` calls `on` of the same emitter: wrapped once only

  for (const name of ADD) {
    replace(emitter, name, (original) => (event, listener) => {
      if (adding || typeof listener !== "function") return original(event, listener);
      const target = wrapped.get(listener) ?? wrap(listener);
      wrapped.set(listener, target);
      adding = true;
      try {
        return original(event, target);
      } finally {
        adding = false;
      }
    });
  }
  for (const name of REMOVE) {
    replace(emitter, name, (original) => (event, listener) => {
      const target = wrapped.get(listener);
      return original(event, target ?? listener);
    });
  }
}

function replace(
  emitter: EventEmitter,
  name: (typeof ADD)[number] | (typeof REMOVE)[number],
  make: (original: Method) => Method,
): void {
  const original = emitter[name] as Method | undefined;
  if (original === undefined) return;
  const made = make((event, listener) => original.call(emitter, event, listener));
  Object.defineProperty(emitter, name, { value: made, configurable: true, writable: true });
}
