// probability.ts — the `ot` member of tracestate: with which probability a trace was sampled.
//
//   ot=th:c;rv:6e6d1a75832a2f         th: threshold T,  rv: random value R, in place of the trace id's last 56 bits
//
// T is up to 14 hex digits without trailing zeros: c is c0000000000000, a probability of 1/4. A trace is sampled
// when R >= T. What else stands in the member belongs to others and stays.
// https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/

/** The key of OpenTelemetry in tracestate. */
export const OT = "ot";

const RANDOM_VALUE = /(?:^|;)rv:([0-9a-f]{14})(?:;|$)/;
const LENGTH_MAX = 256;

/** R as its upper 24 and its lower 32 bits; undefined where the trace id holds it. */
export function randomValueOf(
  member: string | undefined,
): { high: number; low: number } | undefined {
  const digits = member === undefined ? undefined : RANDOM_VALUE.exec(member)?.[1];
  if (digits === undefined) return undefined;
  return {
    high: Number.parseInt(digits.slice(0, 6), 16),
    low: Number.parseInt(digits.slice(6), 16),
  };
}

/** The member with another threshold, first; undefined for none. */
export function withThreshold(
  member: string | undefined,
  threshold: string | undefined,
): string | undefined {
  const others = (member ?? "").split(";").filter((part) => part !== "" && !part.startsWith("th:"));
  const parts = threshold === undefined ? others : [`th:${threshold}`, ...others];
  while (parts.join(";").length > LENGTH_MAX) parts.pop();
  return parts.length === 0 ? undefined : parts.join(";");
}
