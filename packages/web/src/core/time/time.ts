// time.ts — the shared time range, and moments as text. The face of `time`.
//
// Times in the API are epoch nanoseconds as decimal strings: too long for a JavaScript number, so the
// base of a page is a bigint or milliseconds, and everything beside it is an offset.

export {
  formatDateTime,
  formatDay,
  formatTime,
  formatZone,
  isoText,
  nanoToMs,
  toNano,
} from "./moment.ts";
export type { Zone } from "./moment.ts";
export {
  DEFAULT_RANGE,
  RANGE_PRESETS,
  describeRange,
  isLiveRange,
  parseRange,
  rangeParameters,
  resolveRange,
  shiftRange,
  zoomOut,
} from "./range.ts";
export type { ResolvedRange, TimeRange } from "./range.ts";
export { apiRange, formatSpan } from "./range.ts";
export { parseRangeText } from "./range-text.ts";
