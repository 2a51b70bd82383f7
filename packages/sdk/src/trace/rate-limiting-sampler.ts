// rate-limiting-sampler.ts — at most so many new traces a second; children do what their parent does.
//
// A bucket holds tokens for one second and starts full; each new trace takes one. What it keeps says nothing
// about what it left out, so no probability is written into tracestate, and services that limit on their own
// keep different traces: where whole traces matter, limit where they begin.

import { SamplingDecision, trace } from "@opentelemetry/api";
import type { Context, SamplingResult } from "@opentelemetry/api";
import type { Sampler } from "../foreign/foreign.ts";

const FLAG_SAMPLED = 1;

/**
 * A sampler that records at most `tracesPerSecond` new traces. Throws a RangeError unless it is above 0.
 *
 * @example
 * import { rateLimitingSampler, startTelemetry } from "@telemetry/sdk";
 *
 * startTelemetry({ serviceName: "shop", sampler: rateLimitingSampler(100) });
 */
export function rateLimitingSampler(
  tracesPerSecond: number,
  nowMs: () => number = () => performance.now(),
): Sampler {
  if (!(tracesPerSecond > 0 && Number.isFinite(tracesPerSecond))) {
    throw new RangeError(
      `Cannot create a rate-limiting sampler: traces per second must be above 0, current value is ${tracesPerSecond}`,
    );
  }
  const tokensMax = Math.max(tracesPerSecond, 1);
  let tokens = tokensMax;
  let filledAtMs = nowMs();
  const takeToken = (): boolean => {
    const now = nowMs();
    tokens = Math.min(
      tokensMax,
      tokens + (Math.max(now - filledAtMs, 0) / 1_000) * tracesPerSecond,
    );
    filledAtMs = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
  return {
    shouldSample(context: Context): SamplingResult {
      const parent = trace.getSpanContext(context);
      const isSampled =
        parent !== undefined && trace.isSpanContextValid(parent)
          ? (parent.traceFlags & FLAG_SAMPLED) !== 0
          : takeToken();
      return {
        decision: isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
      };
    },
    toString: () => `RateLimitingSampler{${tracesPerSecond}/s}`,
  };
}
