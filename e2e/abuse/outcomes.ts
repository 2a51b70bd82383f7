// outcomes.ts — how requests ended: by status, or without one. And which ends are right.

/** Statuses of HTTP, codes of gRPC after "grpc", and what is no answer. */
export type Outcome = string;

const HTTP = [
  "200",
  "204",
  "400",
  "403",
  "404",
  "405",
  "408",
  "413",
  "415",
  "417",
  "429",
  "431",
  "503",
];
const GRPC = ["grpc 0", "grpc 3", "grpc 8", "grpc 12", "grpc 14"];
/** The connection or stream was closed: by us in the middle, or by the other side because of what we said. */
export const CUT = "cut";
/** Neither answer nor end came in time. */
export const HANGS = "hangs";
/** A connection that is still there, and does no harm. */
export const OPEN = "open";
const NAMED: ReadonlySet<Outcome> = new Set([...HTTP, ...GRPC, CUT, OPEN]);

/** How many requests are sent, and until when. */
export interface Quota {
  readonly count: number;
  readonly deadlineMs: number;
}

export class Outcomes {
  readonly #counts = new Map<Outcome, number>();

  note(outcome: Outcome, count = 1): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + count);
  }

  get count(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  of(outcome: Outcome): number {
    return this.#counts.get(outcome) ?? 0;
  }

  /** What OTLP does not name for anything that was sent here. */
  get unnamed(): Outcome[] {
    return [...this.#counts.keys()].filter((outcome) => !NAMED.has(outcome));
  }

  toString(): string {
    return [...this.#counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([outcome, count]) => `${outcome}: ${count}`)
      .join(", ");
  }
}

/** The value, or {@link HANGS} when it does not come. */
export async function inTime<Value>(
  promise: Promise<Value>,
  timeoutMs: number,
): Promise<Value | typeof HANGS> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof HANGS>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, HANGS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
