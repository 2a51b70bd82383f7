// context-manager.ts — what the api asks for the current context: exactly one AsyncLocalStorage, because each
// further one makes every `run` of the process slower.

import { AsyncLocalStorage } from "node:async_hooks";
import type { EventEmitter } from "node:events";
import type { Context, ContextManagementToken, ContextManager } from "@opentelemetry/api";
import { shared } from "../state/state.ts";
import { bindEmitter } from "./bind-emitter.ts";
import { ROOT } from "./telemetry-context.ts";

export class TelemetryContextManager implements ContextManager {
  readonly storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.storage.getStore() ?? shared.rootContext ?? ROOT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    if (thisArg === undefined && args.length === 0) {
      return this.storage.run(context, fn as unknown as () => ReturnType<F>);
    }
    return this.storage.run(context, Reflect.apply, fn, thisArg, args) as ReturnType<F>;
  }

  /** A function or an EventEmitter that runs in `context`; anything else is returned as it is. */
  bind<T>(context: Context, target: T): T {
    if (typeof target === "function") {
      return this.#bindFunction(context, target as unknown as (...args: unknown[]) => unknown) as T;
    }
    if (isEmitter(target)) bindEmitter(target, this.storage, context);
    return target;
  }

  attach(context: Context): ContextManagementToken {
    const previous = this.storage.getStore();
    this.storage.enterWith(context);
    return {
      dispose: () => {
        if (this.storage.getStore() !== context) {
          shared.running?.wiring.diagnostics.sayOnce(
            "info",
            "context.detached_out_of_order",
            "Cannot detach a context that is not current: detach in the reverse order of attach, in the function that attached",
          );
        }
        this.storage.enterWith(previous ?? ROOT);
      },
    };
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.storage.disable();
    return this;
  }

  #bindFunction(
    context: Context,
    fn: (...args: unknown[]) => unknown,
  ): (...args: unknown[]) => unknown {
    const { storage } = this;
    function bound(this: unknown, ...args: unknown[]): unknown {
      return storage.run(context, Reflect.apply, fn, this, args);
    }
    return Object.defineProperty(bound, "length", { value: fn.length, configurable: true });
  }
}

function isEmitter(target: unknown): target is EventEmitter {
  return (
    typeof target === "object" &&
    target !== null &&
    "addListener" in target &&
    typeof target.addListener === "function" &&
    "removeListener" in target &&
    typeof target.removeListener === "function"
  );
}
