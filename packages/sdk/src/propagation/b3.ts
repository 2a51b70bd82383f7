// b3.ts — `@telemetry/sdk/propagators/b3`: B3, the headers of Zipkin, in both forms.
//
//   b3: <trace id, 32 or 16 hex>-<span id, 16 hex>[-<state>[-<parent span id>]]      or only <state>
//   x-b3-traceid, x-b3-spanid, x-b3-parentspanid, x-b3-sampled (1, 0), x-b3-flags (1 is debug)
//
// State is 1 or d (debug) for sampled, 0 for not. Whatever is written, both forms are read, the single header
// first. A trace id of 64 bits is filled up with zeros on the left. A deferred decision counts as not sampled,
// because a W3C context has no third state. B3 has no random flag and no tracestate: these end here.
// https://github.com/openzipkin/b3-propagation

import { trace } from "@opentelemetry/api";
import type {
  Context,
  SpanContext,
  TextMapGetter,
  TextMapPropagator,
  TextMapSetter,
} from "@opentelemetry/api";
import { isSuppressed } from "../context/context.ts";
import { isValidIdentity } from "../trace/trace.ts";
import { readHeader } from "./carrier.ts";

export interface B3Options {
  /** `single` writes the one header `b3`, `multi` the `x-b3-…` headers. Default "single". */
  readonly encoding?: "single" | "multi";
}

const SINGLE = "b3";
const TRACE_ID = "x-b3-traceid";
const SPAN_ID = "x-b3-spanid";
const SAMPLED = "x-b3-sampled";
const FLAGS = "x-b3-flags";
const FORM = /^([0-9a-f]{32}|[0-9a-f]{16})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?$/;
const TRACE_ID_FORM = /^([0-9a-f]{32}|[0-9a-f]{16})$/;
const SPAN_ID_FORM = /^[0-9a-f]{16}$/;
const FLAG_SAMPLED = 1;

/**
 * Reads and writes B3. By name: `OTEL_PROPAGATORS=b3` (one header) or `b3multi`.
 *
 * @example
 * import { startTelemetry } from "@telemetry/sdk";
 * import { B3Propagator } from "@telemetry/sdk/propagators/b3";
 *
 * startTelemetry({ serviceName: "shop", propagator: new B3Propagator({ encoding: "multi" }) });
 */
export class B3Propagator implements TextMapPropagator {
  readonly #isMulti: boolean;

  /** Throws a TypeError for an encoding that is neither "single" nor "multi". */
  constructor(options: B3Options = {}) {
    const { encoding = "single" } = options;
    if (encoding !== "single" && encoding !== "multi") {
      throw new TypeError(
        `Cannot create B3Propagator: encoding must be "single" or "multi", current value is "${String(encoding)}"`,
      );
    }
    this.#isMulti = encoding === "multi";
  }

  inject<C>(context: Context, carrier: C, setter: TextMapSetter<C>): void {
    const spanContext = trace.getSpanContext(context);
    if (isSuppressed(context) || !isValidIdentity(spanContext)) return;
    const { traceId, spanId, traceFlags } = spanContext;
    const state = (traceFlags & FLAG_SAMPLED) === 0 ? "0" : "1";
    if (!this.#isMulti) {
      setter.set(carrier, SINGLE, `${traceId}-${spanId}-${state}`);
      return;
    }
    setter.set(carrier, TRACE_ID, traceId);
    setter.set(carrier, SPAN_ID, spanId);
    setter.set(carrier, SAMPLED, state);
  }

  extract<C>(context: Context, carrier: C, getter: TextMapGetter<C>): Context {
    const found = readSingle(carrier, getter) ?? readMulti(carrier, getter);
    return found === undefined ? context : trace.setSpanContext(context, found);
  }

  fields(): string[] {
    return this.#isMulti ? [TRACE_ID, SPAN_ID, SAMPLED, FLAGS] : [SINGLE];
  }
}

function readSingle<C>(carrier: C, getter: TextMapGetter<C>): SpanContext | undefined {
  const match = FORM.exec(only(carrier, SINGLE, getter) ?? "");
  if (match === null) return undefined;
  const [, traceId = "", spanId = "", state] = match;
  return remote(traceId, spanId, state === "1" || state === "d");
}

function readMulti<C>(carrier: C, getter: TextMapGetter<C>): SpanContext | undefined {
  const traceId = only(carrier, TRACE_ID, getter) ?? "";
  const spanId = only(carrier, SPAN_ID, getter) ?? "";
  if (!TRACE_ID_FORM.test(traceId) || !SPAN_ID_FORM.test(spanId)) return undefined;
  const sampled = only(carrier, SAMPLED, getter);
  const isDebug = only(carrier, FLAGS, getter) === "1";
  // "true" and "false" are what tracers of the first years wrote.
  return remote(traceId, spanId, isDebug || sampled === "1" || sampled === "true");
}

/** A header that stands twice is ambiguous, so it counts as none. B3 ids may be in upper case. */
function only<C>(carrier: C, name: string, getter: TextMapGetter<C>): string | undefined {
  return readHeader(carrier, name, getter)?.trim().toLowerCase();
}

function remote(id: string, spanId: string, isSampled: boolean): SpanContext | undefined {
  const traceFlags = isSampled ? FLAG_SAMPLED : 0;
  const found = { traceId: id.padStart(32, "0"), spanId, traceFlags, isRemote: true };
  return isValidIdentity(found) ? found : undefined;
}
