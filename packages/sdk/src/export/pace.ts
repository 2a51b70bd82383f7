// pace.ts — how often to export. OpenTelemetry's defaults suit a vendor's endpoint; a dashboard that somebody
// is watching wants records at once. So a receiver of ours says in its answers how fast it would like them:
//
//   telemetry-live: 1; spans=100; metrics=500; open-spans          (milliseconds)
//
// The exporter follows while answers say so, and goes back after three answers without it. Intervals that
// the app or the environment set are never changed.

export const PACE_HEADER = "telemetry-live";
const ANSWERS_WITHOUT_MAX = 3;
/** Nobody can ask for more than fifty requests a second. */
const INTERVAL_MS_MIN = 20;

export interface AnnouncedPace {
  readonly spansMs: number | undefined;
  readonly metricsMs: number | undefined;
  /** Whether the receiver wants snapshots of spans that have not ended. */
  readonly openSpans: boolean;
}

const NOT_LIVE: AnnouncedPace = { spansMs: undefined, metricsMs: undefined, openSpans: false };

export class Pace {
  #announced = NOT_LIVE;
  #answersWithout = 0;
  #listeners: (() => void)[] = [];

  get announced(): AnnouncedPace {
    return this.#announced;
  }

  /** Whether the receiver is one of ours. */
  get isLive(): boolean {
    return this.#announced !== NOT_LIVE;
  }

  /** Calls `listener` whenever the announced pace changes. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Reads the header of one answer; "" where it was absent. */
  hear(header: string): void {
    const heard = parsePace(header);
    if (heard !== undefined) {
      this.#answersWithout = 0;
      this.#change(heard);
    } else if (this.isLive && ++this.#answersWithout === ANSWERS_WITHOUT_MAX) {
      this.#change(NOT_LIVE);
    }
  }

  #change(pace: AnnouncedPace): void {
    const { spansMs, metricsMs, openSpans } = this.#announced;
    const isSame =
      pace.spansMs === spansMs && pace.metricsMs === metricsMs && pace.openSpans === openSpans;
    if (isSame && this.isLive === (pace !== NOT_LIVE)) return;
    this.#announced = pace;
    for (const listener of this.#listeners) listener();
  }
}

/** Undefined for a version or form that is not understood. */
export function parsePace(header: string): AnnouncedPace | undefined {
  const [version, ...parts] = header.split(";").map((part) => part.trim());
  if (version !== "1") return undefined;
  const values = new Map(parts.map((part) => part.split("=", 2) as [string, string | undefined]));
  const interval = (name: string): number | undefined => {
    const ms = Number(values.get(name));
    return Number.isFinite(ms) && ms > 0 ? Math.max(ms, INTERVAL_MS_MIN) : undefined;
  };
  return {
    spansMs: interval("spans"),
    metricsMs: interval("metrics"),
    openSpans: values.has("open-spans"),
  };
}
