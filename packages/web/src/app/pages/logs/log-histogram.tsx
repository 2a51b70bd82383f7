// log-histogram.tsx — the listed lines by time and severity; a drag over the bars zooms.

import type { LogRecord } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { drawStackedBars } from "../../../canvas/canvas.ts";
import { formatCount } from "../../../core/format/format.ts";
import { SEVERITIES, countBySeverity } from "../../../core/logs/logs.ts";
import { formatTime, nanoToMs } from "../../../core/time/time.ts";
import { CanvasView, useCanvasTheme } from "../../parts/canvas-view.tsx";
import { navigate } from "../../state/location.ts";
import { zone } from "../../state/settings.ts";

const BINS = 120;

interface LogHistogramProps {
  rows: readonly LogRecord[];
  fromMs: number;
  toMs: number;
  /** More lines match than are listed: the picture begins where the list ends. */
  hasMore: boolean;
}

export function LogHistogram({ rows, fromMs, toMs, hasMore }: LogHistogramProps): JSX.Element {
  const theme = useCanvasTheme();
  const [hovered, setHovered] = useState(-1);
  const pressed = useRef<number | undefined>(undefined);
  const oldestMs = rows.length === 0 ? fromMs : nanoToMs(rows.at(-1)!.timeUnixNano);
  const shown = { fromMs: hasMore ? Math.max(fromMs, oldestMs) : fromMs, toMs };
  const bins = countBySeverity(rows, shown, BINS);
  const timeOf = (bin: number): string =>
    formatTime(shown.fromMs + bin * bins.binWidthMs, zone.value, bins.binWidthMs < 1_000);
  const binAt = (x: number, width: number): number =>
    Math.max(0, Math.min(BINS - 1, Math.floor((x / width) * BINS)));
  return (
    <section class="card log-histogram" aria-label="Lines over time">
      <div
        onPointerDown={(event) => (pressed.current = event.offsetX)}
        onPointerUp={(event) => {
          const start = pressed.current;
          pressed.current = undefined;
          const { clientWidth } = event.currentTarget;
          if (start === undefined || Math.abs(event.offsetX - start) < 6) return;
          const [from, to] = [start, event.offsetX].sort((a, b) => a - b) as [number, number];
          const msAt = (x: number): number =>
            shown.fromMs + (x / clientWidth) * (shown.toMs - shown.fromMs);
          navigate({ range: { kind: "between", fromMs: msAt(from), toMs: msAt(to) } });
        }}
      >
        <CanvasView
          label={`${rows.length} lines from ${timeOf(0)} to ${timeOf(BINS)}, ${errorCount(rows)} of them errors`}
          draw={(context, size) =>
            drawStackedBars(context, bins.counts, {
              ...size,
              colors: theme.severities,
              countMax: bins.countMax,
              hovered,
              hoverColor: theme.selected,
            })
          }
          onPointerMove={(x, _, size) => setHovered(binAt(x, size.width))}
          onPointerLeave={() => setHovered(-1)}
        />
      </div>
      <div class="histogram-axis hint number">
        <span>{timeOf(0)}</span>
        <span>{hovered === -1 ? "" : binText(bins, hovered, timeOf(hovered))}</span>
        <span>{timeOf(BINS)}</span>
      </div>
    </section>
  );
}

function binText(bins: ReturnType<typeof countBySeverity>, bin: number, time: string): string {
  const parts = [...SEVERITIES, "unset"].flatMap((name, place) => {
    const count = bins.counts[place]![bin]!;
    return count === 0 ? [] : [`${formatCount(count)} ${name}`];
  });
  return `${time} · ${parts.length === 0 ? "nothing" : parts.join(", ")}`;
}

function errorCount(rows: readonly LogRecord[]): number {
  return rows.reduce((count, log) => count + (log.severityNumber >= 17 ? 1 : 0), 0);
}
