// format.ts — how numbers are written on the page.
//
// Three significant digits and a unit per value, so that a column of them can be compared at a glance:
// `412 ns`, `8.31 µs`, `12.4 ms`, `1.24 s`, `2 m 03 s`. The face of `format`.

export { durationAxisUnit, formatDuration, formatDurationIn } from "./duration.ts";
export type { DurationUnit } from "./duration.ts";
export { formatBytes, formatCount, formatNumber, formatPercent, formatRate } from "./number.ts";
export { describeUnit, formatValue } from "./value.ts";
export { attributeText, bodyText, jsonText } from "./text.ts";
