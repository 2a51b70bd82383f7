// rules.ts — what senders and people may be told while something happens to the dashboard, and how soon it must be itself
// again. Status 0 is no answer at all.

import type { Kind } from "./plan.ts";

export interface Rule {
  /** What a sender may hear; 503 always with a time to come again. */
  readonly senders: readonly number[];
  /** What a question of the API may be answered. */
  readonly questions: readonly number[];
  /** From the end of the disturbance to the first yes to both. */
  readonly backMsMax: number;
}

/** The receiver does not depend on ClickHouse: whatever becomes of it, the answer is yes. */
const CLICKHOUSE_AWAY: Rule = { senders: [200], questions: [200, 503], backMsMax: 5_000 };
const NOBODY_THERE: Rule = { senders: [200, 0], questions: [200, 503, 0], backMsMax: 5_000 };

export const RULES: Readonly<Record<Kind, Rule>> = {
  "kill engine": { ...CLICKHOUSE_AWAY, backMsMax: 3_000 },
  "kill server": CLICKHOUSE_AWAY,
  "kill dashboard": NOBODY_THERE,
  "kill both": NOBODY_THERE,
  "kill while starting": NOBODY_THERE,
  "stop engine": { ...CLICKHOUSE_AWAY, backMsMax: 3_000 },
  "stop dashboard": { senders: [200], questions: [200], backMsMax: 3_000 },
  "fill disk": { senders: [200, 503], questions: [200, 503], backMsMax: 5_000 },
  "step clock": { senders: [200], questions: [200], backMsMax: 3_000 },
  "refuse inserts": { senders: [200], questions: [200, 503], backMsMax: 5_000 },
  "break connections": CLICKHOUSE_AWAY,
  "lose answers": { senders: [200], questions: [200, 503], backMsMax: 5_000 },
  "cut answers": CLICKHOUSE_AWAY,
  hang: CLICKHOUSE_AWAY,
};

/** Outside of every disturbance. */
export const UNDISTURBED: Rule = { senders: [200], questions: [200], backMsMax: 0 };

/** What began before a disturbance can be cut off by it; what began a moment after it can meet the old socket. */
export const AROUND_MS = 50;
/** A question may take as long as what happens to the dashboard, and this. */
export const QUESTION_MS_MAX = 3_000;
