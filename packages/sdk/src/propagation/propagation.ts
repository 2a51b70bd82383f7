// propagation.ts — how context leaves this process and enters it.

import type { Context, TextMapPropagator } from "@opentelemetry/api";
import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import { ROOT } from "../context/context.ts";
import { B3Propagator } from "./b3.ts";
import { BaggagePropagator } from "./baggage.ts";
import { environmentGetter } from "./carrier.ts";
import { TraceContextPropagator } from "./trace-context.ts";

export { BaggagePropagator } from "./baggage.ts";
export { carrierGetter, carrierSetter, environmentSetter, variableOf } from "./carrier.ts";
export type { Carrier } from "./carrier.ts";
export { TraceContextPropagator } from "./trace-context.ts";
export { W3CTraceState } from "./trace-state.ts";

/** Several propagators as one; one that throws harms neither the others nor the app. */
export function combinePropagators(
  propagators: readonly TextMapPropagator[],
  diagnostics: Diagnostics,
): TextMapPropagator {
  const failed = (error: unknown): void =>
    diagnostics.sayOnce("warn", "propagator.failed", `A propagator failed: ${String(error)}`);
  return {
    inject(context, carrier, setter) {
      for (const propagator of propagators) {
        try {
          propagator.inject(context, carrier, setter);
        } catch (error) {
          failed(error);
        }
      }
    },
    extract(context, carrier, getter) {
      let extracted = context;
      for (const propagator of propagators) {
        try {
          extracted = propagator.extract(extracted, carrier, getter);
        } catch (error) {
          failed(error);
        }
      }
      return extracted;
    },
    fields: () => [...new Set(propagators.flatMap((propagator) => propagator.fields()))],
  };
}

/** OTEL_PROPAGATORS by name; a name that is not known is said and left out. */
export function propagatorsByName(
  names: readonly string[],
  diagnostics: Diagnostics,
): TextMapPropagator[] {
  return names.flatMap((name) => {
    if (name === "tracecontext") return new TraceContextPropagator();
    if (name === "baggage") return new BaggagePropagator();
    if (name === "b3") return new B3Propagator();
    if (name === "b3multi") return new B3Propagator({ encoding: "multi" });
    if (name !== "none") {
      diagnostics.sayOnce(
        "warn",
        `propagator.${name}.unknown`,
        `Cannot use propagator "${name}" of OTEL_PROPAGATORS: known are tracecontext, baggage, b3, b3multi and none; pass others as option propagator`,
      );
    }
    return [];
  });
}

/** The context that the parent process left in TRACEPARENT, TRACESTATE and BAGGAGE. */
export function contextFromEnvironment(
  propagator: TextMapPropagator,
  environment: NodeJS.ProcessEnv,
): Context {
  return propagator.extract(ROOT, environment, environmentGetter);
}
