// trace.ts — a trace as the page sees it. The face of `trace`.
//
//   TraceStore ──spans──▶ buildTrace ──TraceModel──▶ visibleRows, findCriticalPath, searchTrace
//   (merges what was stored with what arrives live)

export { TraceStore } from "./trace-store.ts";
export { buildTrace } from "./build.ts";
export { RowFlag, endNsAt, hasFlag, isLastChild, isRunning, rowOfSpan } from "./model.ts";
export type { TraceModel, TraceService } from "./model.ts";
export {
  collapseAll,
  collapseDeeper,
  revealRow,
  toggleCollapsed,
  visibleRows,
} from "./visible-rows.ts";
export { findCriticalPath } from "./critical-path.ts";
export type { PathSegment } from "./critical-path.ts";
export { selfTimes } from "./self-time.ts";
export { searchTrace } from "./search.ts";
