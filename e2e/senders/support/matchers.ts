// matchers.ts — for what a sender chooses by itself: ids and times.

import { expect } from "vitest";

export const SPAN_ID = expect.stringMatching(/^(?!0{16})[0-9a-f]{16}$/) as string;
export const TRACE_ID = expect.stringMatching(/^(?!0{32})[0-9a-f]{32}$/) as string;
export const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;

const MINUTE_NANO = 60_000_000_000n;

/** Epoch nanoseconds within the last minute. */
export const JUST_NOW = expect.toSatisfy((nano: string) => {
  const ageNano = BigInt(Date.now()) * 1_000_000n - BigInt(nano);
  // Clocks with nanoseconds are up to a millisecond ahead of the one that counts milliseconds.
  return ageNano > -1_000_000n && ageNano < MINUTE_NANO;
}, "lies within the last minute") as string;

/** Several attributes of a set that has others, too. */
export const including = (attributes: object): object =>
  expect.objectContaining(attributes) as object;
