// traced-generator.ts — a span over the life of a generator: from the first step, because nothing runs before,
// until it is exhausted, returned or thrown into. Each step runs inside the span, wherever it is asked for.

import { activeContext, runInContext, SPAN_KEY } from "../context/context.ts";
import type { OwnSpan } from "../trace/trace.ts";
import { start } from "./start-span.ts";
import { fail, succeed } from "./with-span.ts";
import type { WithSpanOptions } from "./with-span.ts";

type AnyGenerator =
  | Generator<unknown, unknown, unknown>
  | AsyncGenerator<unknown, unknown, unknown>;
type Step = "next" | "return" | "throw";

const GENERATOR_NAMES = new Set(["GeneratorFunction", "AsyncGeneratorFunction"]);

export function isGeneratorFunction(fn: object): boolean {
  return GENERATOR_NAMES.has(fn.constructor.name);
}

/** A generator that behaves as `inner`, which has not been started. */
export function tracedGenerator(name: string, options: WithSpanOptions, inner: unknown): unknown {
  const generator = inner as AnyGenerator;
  const outer = activeContext();
  let span: OwnSpan | undefined;

  const step = (method: Step, argument: unknown): unknown => {
    span ??= runInContext(outer, () => start(name, options));
    const current = span;
    try {
      const result = runInContext(activeContext().setValue(SPAN_KEY, current), () =>
        generator[method](argument),
      );
      return result instanceof Promise ? settle(result, current) : finish(result, current);
    } catch (error) {
      fail(current, error, options);
      throw error;
    }
  };
  const finish = <R extends IteratorResult<unknown>>(result: R, current: OwnSpan): R => {
    if (result.done === true) succeed(current, options);
    return result;
  };
  const settle = (
    promise: Promise<IteratorResult<unknown>>,
    current: OwnSpan,
  ): Promise<IteratorResult<unknown>> =>
    promise.then(
      (result) => finish(result, current),
      (error: unknown) => {
        fail(current, error, options);
        throw error;
      },
    );

  return Object.defineProperties(Object.create(Object.getPrototypeOf(generator) as object), {
    next: { value: (argument: unknown) => step("next", argument) },
    return: { value: (argument: unknown) => step("return", argument) },
    throw: { value: (argument: unknown) => step("throw", argument) },
  });
}
