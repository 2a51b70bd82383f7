import { describe, expect, test } from "vitest";
import { buildTrace, findCriticalPath, visibleRows } from "../core/trace/trace.ts";
import type { TraceModel } from "../core/trace/trace.ts";
import { nano, span } from "../core/trace/testdata/spans.ts";
import {
  ROW_HEIGHT,
  dragMinimap,
  drawHeatmap,
  drawMinimapRows,
  drawMinimapWindow,
  drawScatter,
  drawSparkline,
  drawStackedBars,
  drawWaterfall,
  fitCanvas,
  hitEvent,
  hitHeatmap,
  hitMinimap,
  hitScatter,
  nsAtX,
  readCanvasTheme,
  xAtNs,
} from "./canvas.ts";
import type { MinimapView, WaterfallView } from "./canvas.ts";
import { THEME, recordingContext } from "./testdata/recording-context.ts";
import { faded } from "./theme.ts";

const MS = 1e6;

const model = buildTrace([
  span("root", 0, 100),
  span("a", 10, 50, {
    parent: "root",
    service: "db",
    error: "boom",
    events: [{ name: "exception", timeUnixNano: nano(40), attributes: {} }],
  }),
  span("b", 60, undefined, { parent: "root" }),
  span("c", 20, 30, { parent: "gone" }),
  span("d", -5, 20, { parent: "root", service: "far", process: 2 }),
]);

function view(change: Partial<WaterfallView> = {}): WaterfallView {
  return {
    timeline: { left: 200, width: 1_000, fromNs: 0, toNs: 100 * MS },
    height: 400,
    scrollTop: 0,
    rows: visibleRows(model, new Set()),
    collapsed: new Set(),
    selectedRow: -1,
    hoveredRow: -1,
    matches: new Set(),
    criticalPath: new Map(),
    openEndNs: 90 * MS,
    theme: THEME,
    ...change,
  };
}

const row = (id: string): number => model.ids.indexOf(id);

describe("the timeline", () => {
  test("turns nanoseconds into pixels and back", () => {
    const { timeline } = view();
    expect(xAtNs(timeline, 50 * MS)).toBe(700);
    expect(nsAtX(timeline, 700)).toBe(50 * MS);
  });

  test("finds the event under the pointer", () => {
    const { timeline } = view();
    expect(hitEvent(model, row("a"), timeline, 602)?.name).toBe("exception");
    expect(hitEvent(model, row("a"), timeline, 620)).toBeUndefined();
    expect(hitEvent(model, row("gone"), timeline, 602)).toBeUndefined();
  });
});

describe("drawWaterfall", () => {
  test("draws a bar where the span is, in the colour of its service", () => {
    const { context, calls } = recordingContext();
    drawWaterfall(context, model, view());
    const bars = calls("roundRect").filter(({ fillStyle }) => fillStyle === "service-0");
    expect(bars[0]!.args.slice(0, 4)).toEqual([200, 8, 1_000, 12]);
    const place = [...view().rows].indexOf(row("a"));
    const [left, top, width] = calls("roundRect").find(({ args }) => args[0] === 300)!
      .args as number[];
    expect([left, top, width]).toEqual([300, place * ROW_HEIGHT + 8, 400]);
  });

  test("draws only the rows in sight", () => {
    const many = buildTrace(
      Array.from({ length: 10_000 }, (_, place) => span(`s${place}`, place, place + 1)),
    );
    const { context, calls } = recordingContext();
    drawWaterfall(
      context,
      many,
      view({
        rows: visibleRows(many, new Set()),
        timeline: { left: 0, width: 100, fromNs: 0, toNs: many.totalNs },
        scrollTop: 5_000 * ROW_HEIGHT,
      }),
    );
    expect(calls("fillText").length).toBeLessThan(20);
  });

  test("marks errors, missing parents, moved spans, events and open ends, each in its way", () => {
    const { context, drawn, calls } = recordingContext();
    drawWaterfall(context, model, view());
    expect(calls("stroke").some(({ strokeStyle }) => strokeStyle === "error")).toBe(true);
    expect(calls("stroke").some(({ strokeStyle }) => strokeStyle === "warn")).toBe(true);
    expect(calls("strokeRect").map(({ strokeStyle }) => strokeStyle)).toEqual(["text-faint"]);
    expect(calls("fill").some(({ fillStyle }) => fillStyle === "error")).toBe(true);
    expect(
      drawn.some(({ call, args }) => call === "fillText" && String(args[0]).endsWith("…")),
    ).toBe(true);
  });

  test("fills the rows that are selected, found and under the pointer", () => {
    const { context, calls } = recordingContext();
    drawWaterfall(context, model, view({ selectedRow: 0, matches: new Set([1]), hoveredRow: 2 }));
    const fills = calls("fillRect").filter(({ args }) => args[0] === 0 && args[3] === ROW_HEIGHT);
    expect(fills.map(({ fillStyle }) => fillStyle)).toEqual(["selected", "match", "hover"]);
  });

  test("puts the duration behind the bar, before it where there is no room, and into it where it fills the row", () => {
    const labelX = (fromSecond: number, toSecond: number): number => {
      const { context, calls } = recordingContext();
      const long = buildTrace([span("root", 0, 723_000)]);
      const timeline = { left: 0, width: 400, fromNs: fromSecond * 1e9, toNs: toSecond * 1e9 };
      drawWaterfall(context, long, view({ rows: Int32Array.of(0), timeline }));
      const [label] = calls("fillText");
      expect(label!.args[0]).toBe("12 m 03 s");
      return label!.args[1] as number;
    };
    const width = 9 * 6;
    expect(labelX(0, 1_446)).toBe(206);
    expect(labelX(-723, 723)).toBe(406);
    expect(labelX(-700, 700)).toBe(200 - width - 8);
    expect(labelX(10, 20)).toBe(400 - width - 6);
  });

  test("a span outside the window is a small arrow at its side", () => {
    const { context, calls } = recordingContext();
    drawWaterfall(
      context,
      model,
      view({
        rows: Int32Array.of(row("a")),
        timeline: { left: 200, width: 1_000, fromNs: 80 * MS, toNs: 90 * MS },
      }),
    );
    expect(calls("moveTo").map(({ args }) => args[0])).toContain(200);
    expect(calls("fillText")).toEqual([]);
  });

  test("draws the critical path with a halo", () => {
    const ended = buildTrace([span("root", 0, 100), span("a", 10, 50, { parent: "root" })]);
    const path = Map.groupBy(findCriticalPath(ended), (segment) => segment.row);
    const { context, calls } = recordingContext();
    drawWaterfall(
      context,
      ended,
      view({ rows: visibleRows(ended, new Set()), criticalPath: path }),
    );
    expect(calls("fillRect").filter(({ fillStyle }) => fillStyle === "text")).toHaveLength(3);
    expect(calls("fillRect").filter(({ fillStyle }) => fillStyle === "surface")).toHaveLength(3);
  });
});

describe("the minimap", () => {
  const map = (change: Partial<MinimapView> = {}): MinimapView => ({
    width: 1_000,
    height: 56,
    totalNs: 100,
    fromNs: 20,
    toNs: 60,
    theme: THEME,
    ...change,
  });

  test("draws every row of a small trace, and the window over it", () => {
    const { context, calls } = recordingContext();
    const scale = map({ totalNs: model.totalNs, fromNs: 20 * MS, toNs: 60 * MS });
    drawMinimapRows(context, model, scale);
    drawMinimapWindow(context, scale);
    expect(
      calls("fillRect").filter(({ fillStyle }) => String(fillStyle).startsWith("service")),
    ).toHaveLength(model.rowCount);
    expect(calls("fillRect").filter(({ fillStyle }) => fillStyle === "shade")).toHaveLength(2);
  });

  test("draws a large trace in as many strokes as there are pixels, not spans", () => {
    const many: TraceModel = buildTrace(
      Array.from({ length: 20_000 }, (_, place) => span(`s${place}`, place % 7, (place % 7) + 90)),
    );
    const { context, calls } = recordingContext();
    const whole = map({ totalNs: many.totalNs, fromNs: 0, toNs: many.totalNs });
    drawMinimapRows(context, many, whole);
    drawMinimapWindow(context, whole);
    expect(calls("fillRect").length).toBeLessThan(400);
  });

  test("is held at its edges, in its window or anywhere", () => {
    expect([201, 599, 400, 800].map((x) => hitMinimap(map(), x))).toEqual([
      "from",
      "to",
      "window",
      "new",
    ]);
    expect(hitMinimap(map({ fromNs: 0, toNs: 100 }), 400)).toBe("new");
  });

  test("drags stay inside the trace and never make an empty window", () => {
    expect(dragMinimap(map(), "from", 200, 300)).toEqual([30, 60]);
    expect(dragMinimap(map(), "from", 200, 900)[0]).toBeLessThan(60);
    expect(dragMinimap(map(), "to", 600, -50)[1]).toBeGreaterThan(20);
    expect(dragMinimap(map(), "window", 400, 900)).toEqual([60, 100]);
    expect(dragMinimap(map(), "window", 400, 0)).toEqual([0, 40]);
    expect(dragMinimap(map(), "new", 700, 500)).toEqual([50, 70]);
    const [from, to] = dragMinimap(map(), "new", 500, 500);
    expect(to).toBeGreaterThan(from);
  });
});

describe("small pictures", () => {
  test("a sparkline has one line per stretch without gaps", () => {
    const { context, calls } = recordingContext();
    drawSparkline(context, [1, 2, Number.NaN, 3], { width: 30, height: 20, color: "c" });
    expect(calls("stroke")).toHaveLength(2);
    expect(calls("moveTo").map(({ args }) => args[0])).toEqual([0, 30]);
    expect(calls("moveTo")[0]!.args[1]).toBeCloseTo(20 - 1.5 - 17 / 3);
    expect(calls("moveTo")[1]!.args[1]).toBe(1.5);
  });

  test("a sparkline of nothing, and of zeros, is flat", () => {
    const { context, calls } = recordingContext();
    drawSparkline(context, [], { width: 30, height: 20, color: "c" });
    expect(calls("stroke")).toEqual([]);
    drawSparkline(context, [0, 0], { width: 30, height: 20, color: "c" });
    expect(calls("lineTo")[0]!.args).toEqual([30, 18.5]);
  });

  test("the course of a level fills the picture, and nothing is filled below it", () => {
    const { context, calls } = recordingContext();
    const options = { width: 10, height: 23, color: "c", isLevel: true };
    drawSparkline(context, [100, 200], options);
    expect(calls("moveTo")[0]!.args[1]).toBeCloseTo(23 - 1.5 - 20 * (25 / 150));
    expect(calls("lineTo")[0]!.args[1]).toBeCloseTo(23 - 1.5 - 20 * (125 / 150));
    expect(calls("fill")).toEqual([]);
  });

  test("stacked bars stand on each other, and little is still seen", () => {
    const { context, calls } = recordingContext();
    drawStackedBars(
      context,
      [
        [1, 0],
        [99, 0],
      ],
      { width: 20, height: 104, colors: ["a", "b"], countMax: 100, hovered: 1, hoverColor: "h" },
    );
    const rects = calls("fillRect").map(({ args, fillStyle }) => [fillStyle, args[1], args[3]]);
    expect(rects).toEqual([
      ["a", 102, 2],
      ["b", 3, 99],
      ["h", 0, 104],
    ]);
  });

  test("a heatmap leaves out what has no value, and finds the cell under the pointer", () => {
    const { context, calls } = recordingContext();
    const map = {
      width: 20,
      height: 20,
      values: [
        [1, null],
        [0, 4],
      ],
      max: 4,
      theme: THEME,
    };
    drawHeatmap(context, map);
    expect(calls("fillRect")).toHaveLength(2);
    expect(hitHeatmap(map, 15, 15)).toEqual({ line: 1, column: 1 });
    expect(hitHeatmap(map, 25, 5)).toBeUndefined();
    expect(hitHeatmap(map, 5, 25)).toBeUndefined();
  });

  test("a scatter draws errors last, and finds the dot under the pointer", () => {
    const points = [
      { timeMs: 50, durationNs: 1e6, isError: true },
      { timeMs: 100, durationNs: 1e9, isError: false },
    ];
    const scatter = { width: 500, height: 100, fromMs: 0, toMs: 100, hovered: 1, theme: THEME };
    const { context, calls } = recordingContext();
    drawScatter(context, points, scatter);
    const arcs = calls("arc");
    expect(arcs.map(({ fillStyle }) => fillStyle)).toEqual(["accent", "error", "error"]);
    const [x, y] = arcs[0]!.args as number[];
    expect(hitScatter(points, scatter, x! + 3, y!)).toBe(1);
    expect(hitScatter(points, scatter, 0, 0)).toBe(-1);
  });

  test("a scatter of nothing has an axis", () => {
    const { context, calls } = recordingContext();
    drawScatter(context, [], {
      width: 500,
      height: 100,
      fromMs: 0,
      toMs: 100,
      hovered: -1,
      theme: THEME,
    });
    expect(calls("fillText").length).toBeGreaterThan(1);
    drawScatter(context, [{ timeMs: 1, durationNs: 100e9, isError: false }], {
      width: 500,
      height: 100,
      fromMs: 0,
      toMs: 100,
      hovered: -1,
      theme: THEME,
    });
    expect(calls("fillText").some(({ args }) => args[0] === "16 m 40 s")).toBe(true);
  });
});

describe("the canvas", () => {
  test("has the pixels of the screen, and is only given new ones when its size changes", () => {
    let resizes = 0;
    const { context, calls } = recordingContext();
    const canvas = {
      _width: 0,
      height: 0,
      getContext: () => context,
      get width() {
        return this._width;
      },
      set width(value: number) {
        resizes++;
        this._width = value;
      },
    };
    fitCanvas(canvas, 100.4, 50, 2);
    fitCanvas(canvas, 100.4, 50, 2);
    expect([canvas.width, canvas.height, resizes]).toEqual([201, 100, 1]);
    expect(calls("setTransform")).toHaveLength(2);
    expect(() => fitCanvas({ width: 0, height: 0, getContext: () => null }, 1, 1, 1)).toThrow(
      "Cannot draw",
    );
  });

  test("reads every colour of the style sheet", () => {
    const theme = readCanvasTheme((name) => `value of ${name}`);
    expect(theme.services).toHaveLength(20);
    expect(theme.services[19]).toBe("value of --service-19");
    expect(theme.severities).toHaveLength(7);
    expect(faded("rgb(1, 2, 3)")).toBe("rgba(1, 2, 3, 0.15)");
  });
});
