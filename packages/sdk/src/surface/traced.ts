// traced.ts — spans around functions and methods, as a wrapper or a decorator. The shapes of a call:
//
//   traced(fn) · traced(name, fn) · traced(options, fn)          the last argument is a function: a wrapped function
//   traced() · traced(name) · traced(name, attributes) · traced(options)      a decorator, which also wraps a function
//   @traced                                                      (value, context) or (target, key, descriptor)
//
// TC39 decorators get (value, context); TypeScript's legacy ones get (target, key, descriptor).

import type { Attributes } from "@opentelemetry/api";
import { wrapFunction } from "./wrap-function.ts";
import type { AnyFunction, TracedOptions } from "./wrap-function.ts";

export type { TracedOptions } from "./wrap-function.ts";

/** What `traced(…)` without a function returns: a decorator of both kinds, and a wrapper. */
export interface TracedDecorator {
  <F extends AnyFunction>(fn: F): F;
  /** TC39: methods, getters, setters, fields that hold a function, auto-accessors; static and `#private`, too. */
  <This, F extends AnyFunction>(
    value: F,
    context:
      | ClassMethodDecoratorContext<This>
      | ClassGetterDecoratorContext<This>
      | ClassSetterDecoratorContext<This>,
  ): F;
  <This, V>(
    value: undefined,
    context: ClassFieldDecoratorContext<This, V>,
  ): (this: This, initial: V) => V;
  <This, V>(
    value: ClassAccessorDecoratorTarget<This, V>,
    context: ClassAccessorDecoratorContext<This, V>,
  ): ClassAccessorDecoratorResult<This, V>;
  /** TypeScript's `experimentalDecorators`: methods and accessors. */
  <T>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<T>,
  ): TypedPropertyDescriptor<T>;
}

/**
 * Wraps a function, or decorates a method, so that each call is a span: current inside, ended when the call
 * ends (for a generator: when it is exhausted, returned or thrown into), with the error that ended it. `this`,
 * arguments, result, types, `name`, `length` and properties stay as they were.
 *
 * Without a name the span is called like the function, or "Class.method".
 *
 * @example
 * import { traced } from "@telemetry/sdk";
 *
 * const charge = traced("charge", async (orderId: string) => `paid ${orderId}`);
 * const refund = traced(
 *   { name: "refund", attributes: (orderId: string) => ({ "order.id": orderId }) },
 *   async (orderId: string) => `refunded ${orderId}`,
 * );
 * await charge("o-1");
 * await refund("o-1");
 */
export function traced<F extends AnyFunction>(fn: F): F;
export function traced<F extends AnyFunction>(name: string, fn: F): F;
export function traced<F extends AnyFunction>(options: TracedOptions<Parameters<F>>, fn: F): F;
export function traced(name?: string, attributes?: Attributes): TracedDecorator;
export function traced(options: TracedOptions): TracedDecorator;
export function traced<This, F extends AnyFunction>(
  value: F,
  context: ClassMethodDecoratorContext<This>,
): F;
export function traced<T>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
): TypedPropertyDescriptor<T>;
export function traced(...args: unknown[]): unknown {
  if (isDecoration(args)) return decorate({}, args);
  const [first, second] = args;
  if (typeof first === "function") return wrapFunction(first as AnyFunction, {});
  const options = optionsOf(first);
  if (typeof second === "function") return wrapFunction(second as AnyFunction, options);
  if (isAttributes(second)) options.attributes = second;
  return (...target: unknown[]): unknown =>
    isDecoration(target)
      ? decorate(options, target)
      : wrapFunction(target[0] as AnyFunction, options);
}

function optionsOf(input: unknown): TracedOptions {
  if (typeof input === "string") return { name: input };
  return typeof input === "object" && input !== null ? { ...(input as TracedOptions) } : {};
}

function isAttributes(input: unknown): input is Attributes {
  return typeof input === "object" && input !== null;
}

/** Whether these are the arguments that a runtime passes to a decorator. */
function isDecoration(args: readonly unknown[]): boolean {
  const [first, second] = args;
  if (args.length === 3) return typeof second === "string" || typeof second === "symbol";
  const isTc39 = isAttributes(second) && "kind" in second && "addInitializer" in second;
  return args.length === 2 && isTc39 && (first === undefined || isObjectLike(first));
}

function isObjectLike(input: unknown): boolean {
  return typeof input === "function" || (typeof input === "object" && input !== null);
}

function decorate(options: TracedOptions, args: readonly unknown[]): unknown {
  return args.length === 3
    ? decorateLegacy(options, args[0] as object, args[1] as string | symbol, args[2])
    : decorateTc39(options, args[0], args[1] as DecoratorContext);
}

function decorateTc39(options: TracedOptions, value: unknown, context: DecoratorContext): unknown {
  const name = String(context.name);
  switch (context.kind) {
    case "method":
    case "getter":
    case "setter":
      return wrapFunction(value as AnyFunction, options, { member: name });
    case "field":
      return (initial: unknown) =>
        typeof initial === "function"
          ? wrapFunction(initial as AnyFunction, options, { member: name })
          : initial;
    case "accessor":
      return {
        init: (initial: unknown) =>
          typeof initial === "function"
            ? wrapFunction(initial as AnyFunction, options, { member: name })
            : initial,
      };
    default:
      throw new TypeError(`Cannot trace class "${name}" as a whole: decorate its methods instead`);
  }
}

function decorateLegacy(
  options: TracedOptions,
  target: object,
  key: string | symbol,
  descriptor: unknown,
): unknown {
  const member = String(key);
  const owner = typeof target === "function" ? target.name : target.constructor.name;
  if (typeof descriptor !== "object" || descriptor === null) {
    throw new TypeError(
      `Cannot trace property "${owner}.${member}": a legacy decorator does not receive its value; write "${member} = traced(…)" or compile without experimentalDecorators`,
    );
  }
  const { value, get, set } = descriptor as PropertyDescriptor;
  const wrapMember = (fn: AnyFunction): AnyFunction => wrapFunction(fn, options, { member, owner });
  return {
    ...descriptor,
    ...(typeof value === "function" ? { value: wrapMember(value as AnyFunction) } : {}),
    ...(get === undefined ? {} : { get: wrapMember(get) }),
    ...(set === undefined ? {} : { set: wrapMember(set) }),
  };
}
