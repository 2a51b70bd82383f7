// deterministic.ts — ids and times that are the same in every run, for snapshots.

import type { ClockOptions } from "../clock/clock.ts";
import type { IdGenerator } from "../foreign/foreign.ts";

/** 2026-01-01T00:00:00Z. */
const START_MS = Date.UTC(2026, 0, 1);

/** Ids that count up from 1: `00…01`, `00…02`. */
export function countingIds(): IdGenerator {
  let traces = 0;
  let spans = 0;
  return {
    generateTraceId: () => (++traces).toString(16).padStart(32, "0"),
    generateSpanId: () => (++spans).toString(16).padStart(16, "0"),
  };
}

/** A clock that starts at 2026-01-01T00:00:00Z and moves by `stepMs` each time it is read. */
export function steppingClock(stepMs = 1): Required<ClockOptions> {
  let ms = 0;
  return {
    now: () => (ms += stepMs),
    wallNow: () => START_MS + ms,
    timeOriginMs: START_MS,
  };
}
