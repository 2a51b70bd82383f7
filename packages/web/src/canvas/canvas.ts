// canvas.ts — the dense pictures, drawn by hand on Canvas 2D. The face of `canvas`.
//
//   model + viewport ──draw…(ctx, …)──▶ pixels          pointer ──hit…──▶ row, handle or point
//
// No framework and no DOM beyond the context that is handed in: everything here runs against a recording
// context in tests. Sizes are CSS pixels; `fitCanvas` does the device pixels.

export { fitCanvas } from "./fit.ts";
export { readCanvasTheme } from "./theme.ts";
export type { CanvasTheme } from "./theme.ts";
export { drawWaterfall } from "./waterfall/waterfall.ts";
export { LABEL_ROOM, ROW_HEIGHT } from "./waterfall/view.ts";
export type { WaterfallView } from "./waterfall/view.ts";
export { hitEvent, nsAtX, xAtNs } from "./waterfall/timeline.ts";
export type { Timeline } from "./waterfall/timeline.ts";
export { dragMinimap, drawMinimapRows, drawMinimapWindow, hitMinimap } from "./minimap.ts";
export type { MinimapGrip, MinimapView } from "./minimap.ts";
export { drawSparkline } from "./sparkline.ts";
export type { SparklineOptions } from "./sparkline.ts";
export { drawScatter, hitScatter } from "./scatter.ts";
export type { ScatterPoint, ScatterView } from "./scatter.ts";
export { drawStackedBars } from "./stacked-bars.ts";
export type { StackedBarsView } from "./stacked-bars.ts";
export { drawHeatmap, hitHeatmap } from "./heatmap.ts";
export type { HeatmapView } from "./heatmap.ts";
