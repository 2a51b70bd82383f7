// view.ts — what the waterfall is drawn with, beside the trace itself.

import type { PathSegment } from "../../core/trace/trace.ts";
import type { CanvasTheme } from "../theme.ts";
import type { Timeline } from "./timeline.ts";

export const ROW_HEIGHT = 28;

/** Room behind the timeline, for the label of a bar that reaches its end. */
export const LABEL_ROOM = 64;

export interface WaterfallView {
  readonly timeline: Timeline;
  readonly height: number;
  /** Pixels scrolled out above. */
  readonly scrollTop: number;
  /** The rows in sight order (see visibleRows). */
  readonly rows: Int32Array;
  readonly collapsed: ReadonlySet<string>;
  readonly selectedRow: number;
  readonly hoveredRow: number;
  readonly matches: ReadonlySet<number>;
  /** By row; see findCriticalPath. */
  readonly criticalPath: ReadonlyMap<number, readonly PathSegment[]>;
  /** Where an open span reaches to. */
  readonly openEndNs: number;
  readonly theme: CanvasTheme;
}
