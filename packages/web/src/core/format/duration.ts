// duration.ts — nanoseconds as text.

/** A unit that a whole axis is labelled in. */
export interface DurationUnit {
  readonly label: string;
  readonly nanoseconds: number;
}

const SMALL_UNITS: readonly DurationUnit[] = [
  { label: "ns", nanoseconds: 1 },
  { label: "µs", nanoseconds: 1e3 },
  { label: "ms", nanoseconds: 1e6 },
  { label: "s", nanoseconds: 1e9 },
];

const SECOND = 1e9;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Three significant digits below a minute, two units above: `8.31 µs`, `2 m 03 s`, `1 d 04 h`.
 * A negative duration (clock skew) keeps its sign; what is no number is an en dash.
 */
export function formatDuration(durationNs: number): string {
  if (!Number.isFinite(durationNs)) return "–";
  if (durationNs < 0) return `−${formatDuration(-durationNs)}`;
  if (durationNs >= 59.95 * SECOND) return formatLong(durationNs);
  for (const unit of SMALL_UNITS) {
    const value = durationNs / unit.nanoseconds;
    // 999.7 µs is 1.00 ms, not 1000 µs.
    if (value < 999.5 || unit.label === "s") return `${threeDigits(value, unit)} ${unit.label}`;
  }
  return "–";
}

/** The unit in which a range of this length is labelled. */
export function durationAxisUnit(rangeNs: number): DurationUnit {
  let chosen = SMALL_UNITS[0]!;
  for (const unit of SMALL_UNITS) if (rangeNs >= unit.nanoseconds) chosen = unit;
  return chosen;
}

/** A tick of an axis: the value in the axis's unit, with as many decimals as the step needs. */
export function formatDurationIn(unit: DurationUnit, valueNs: number, stepNs: number): string {
  if (valueNs === 0) return `0 ${unit.label}`;
  const decimals = Math.max(0, -Math.floor(Math.log10(stepNs / unit.nanoseconds) + 1e-9));
  return `${(valueNs / unit.nanoseconds).toFixed(Math.min(decimals, 6))} ${unit.label}`;
}

function threeDigits(value: number, unit: DurationUnit): string {
  if (unit.nanoseconds === 1) return String(Math.round(value));
  if (value >= 99.95) return value.toFixed(0);
  if (value >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}

function formatLong(durationNs: number): string {
  const seconds = Math.round(durationNs / SECOND);
  if (seconds < HOUR / SECOND) return two(seconds, 60, "m", "s");
  const minutes = Math.round(durationNs / MINUTE);
  if (minutes < DAY / MINUTE) return two(minutes, 60, "h", "m");
  return two(Math.round(durationNs / HOUR), 24, "d", "h");
}

function two(value: number, base: number, large: string, small: string): string {
  const rest = String(value % base).padStart(2, "0");
  return `${Math.floor(value / base)} ${large} ${rest} ${small}`;
}
