// probability.ts — with which probability a trace was sampled, as every service of it can tell from the trace id.
//
//   R   56 random bits: the end of the trace id, or `rv` of tracestate where it is given
//   T   the threshold of a probability p: 2^56 · (1 − p). A trace is kept when R >= T
//
//   tracestate: ot=th:c;rv:6e6d1a75832a2f         th: T, up to 14 hex digits without trailing zeros
//
// So c is c0000000000000, a probability of 1/4, and one trace that was kept stands for four. Two thresholds in a
// row, in two services or by two rules, keep what the greater one keeps. What else stands in the member of
// OpenTelemetry belongs to others and stays.
// https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/

import { createTraceState } from "@opentelemetry/api";
import type { TraceState } from "@opentelemetry/api";

/** 56 bits as the upper 24 and the lower 32: a number alone would lose the last three. */
export interface Bits56 {
  readonly high: number;
  readonly low: number;
}

/** T. `text` is how tracestate writes it. */
export interface Threshold extends Bits56 {
  readonly text: string;
}

/** The key of OpenTelemetry in tracestate. */
const OT = "ot";
const RANDOM_VALUE = /(?:^|;)rv:([0-9a-f]{14})(?:;|$)/;
const THRESHOLD = /(?:^|;)th:([0-9a-f]{1,14})(?:;|$)/;
const MEMBER_LENGTH_MAX = 256;

const TWO_POW_24 = 16_777_216;
const TWO_POW_32 = 4_294_967_296;
const TWO_POW_56 = TWO_POW_24 * TWO_POW_32;

/** The threshold of a probability of 1. */
export const EVERY_TRACE: Threshold = { high: 0, low: 0, text: "0" };

/** The threshold of a probability from 0 to 1. That of 0 is above every R; it cannot be written. */
export function thresholdOf(probability: number): Threshold {
  const threshold = Math.round((1 - probability) * TWO_POW_56);
  return {
    high: Math.floor(threshold / TWO_POW_32),
    low: threshold % TWO_POW_32,
    text: threshold.toString(16).padStart(14, "0").replace(/0+$/, "") || "0",
  };
}

/** Whether the first is at least the second: R against T, or one threshold against another. */
export function isAtLeast(bits: Bits56, than: Bits56): boolean {
  return bits.high > than.high || (bits.high === than.high && bits.low >= than.low);
}

/** R of a trace, from the last two words of its id unless its tracestate gives one. */
export function randomOf(word2: number, word3: number, state: TraceState | undefined): Bits56 {
  const digits = state === undefined ? undefined : RANDOM_VALUE.exec(state.get(OT) ?? "")?.[1];
  return digits === undefined
    ? { high: word2 & (TWO_POW_24 - 1), low: word3 >>> 0 }
    : bitsOf(digits);
}

/**
 * The threshold with which a trace was sampled before it came here. Undefined when it does not say so, and when what
 * it says cannot be: it would not have been kept.
 */
export function thresholdIn(state: TraceState | undefined, random: Bits56): Threshold | undefined {
  const digits = state === undefined ? undefined : THRESHOLD.exec(state.get(OT) ?? "")?.[1];
  if (digits === undefined) return undefined;
  const threshold = { ...bitsOf(digits.padEnd(14, "0")), text: digits };
  return isAtLeast(random, threshold) ? threshold : undefined;
}

/** The tracestate with another threshold, none when it is undefined. Members of other vendors stay as they are. */
export function withThreshold(
  state: TraceState | undefined,
  threshold: Threshold | undefined,
): TraceState {
  const base = state ?? createTraceState();
  const others = (base.get(OT) ?? "")
    .split(";")
    .filter((part) => part !== "" && !part.startsWith("th:"));
  const parts = threshold === undefined ? others : [`th:${threshold.text}`, ...others];
  while (parts.join(";").length > MEMBER_LENGTH_MAX) parts.pop();
  return parts.length === 0 ? base.unset(OT) : base.set(OT, parts.join(";"));
}

function bitsOf(digits: string): Bits56 {
  return {
    high: Number.parseInt(digits.slice(0, 6), 16),
    low: Number.parseInt(digits.slice(6), 16),
  };
}
