// plan.ts — what happens to the dashboard, in which order and for how long: decided before anything starts, from the
// seed alone.
//
//   seed ─▶ round: every kind once, shuffled ─▶ round ─▶ …     until the time is over

import { between, seededRandom, shuffled, type Range } from "./random.ts";

/** With a ClickHouse inside. */
export const EMBEDDED_KINDS = [
  "kill engine",
  "kill dashboard",
  "kill both",
  "kill while starting",
  "stop engine",
  "stop dashboard",
  "fill disk",
  "step clock",
] as const;

/** With a ClickHouse by URL, behind a proxy that plays a bad one. */
export const REMOTE_KINDS = [
  "refuse inserts",
  "break connections",
  "lose answers",
  "cut answers",
  "hang",
  "kill server",
  "kill dashboard",
] as const;

export type Kind = (typeof EMBEDDED_KINDS)[number] | (typeof REMOTE_KINDS)[number];

export interface Disturbance {
  readonly kind: Kind;
  /** Quiet before it. */
  readonly pauseMs: number;
  /** How long it lasts, where that is for us to say: a kill is over at once. */
  readonly lengthMs: number;
  /** For what else has to be chosen. */
  readonly chance: number;
}

export interface PlanOptions {
  readonly seed: number;
  readonly kinds: readonly Kind[];
  readonly pauseMs: Range;
  readonly lengthMs: Range;
  /** Pauses and lengths together; every kind occurs at least once all the same. */
  readonly durationMs: number;
}

export function planOf(options: PlanOptions): Disturbance[] {
  const { kinds, pauseMs, lengthMs, durationMs } = options;
  const random = seededRandom(options.seed);
  const plan: Disturbance[] = [];
  for (let plannedMs = 0; plannedMs < durationMs;) {
    for (const kind of shuffled(random, kinds)) {
      const disturbance = {
        kind,
        pauseMs: between(random, pauseMs),
        lengthMs: between(random, lengthMs),
        chance: random(),
      };
      plan.push(disturbance);
      plannedMs += disturbance.pauseMs + disturbance.lengthMs;
      if (plannedMs >= durationMs && plan.length >= kinds.length) break;
    }
  }
  return plan;
}
