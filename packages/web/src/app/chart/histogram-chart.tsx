// histogram-chart.tsx — how the values of the range are distributed.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { drawStackedBars } from "../../canvas/canvas.ts";
import { formatCount, formatValue } from "../../core/format/format.ts";
import { aggregateLabel, binValues } from "../../core/metrics/metrics.ts";
import { CanvasView, useCanvasTheme } from "../parts/canvas-view.tsx";
import type { ChartBodyProps } from "./chart-body.tsx";

const BINS = 24;

export function HistogramChart({ series, unit, name, aggregate }: ChartBodyProps): JSX.Element {
  const theme = useCanvasTheme();
  const [hovered, setHovered] = useState(-1);
  const values = series.flatMap((one) =>
    one.points.flatMap(([, value]) => (value === null ? [] : [value])),
  );
  const bins = binValues(values, BINS);
  const edge = (bin: number): string => formatValue(bins.from + bin * bins.width, unit);
  const text =
    hovered === -1
      ? `${formatCount(values.length)} values, each ${aggregateLabel(aggregate).toLowerCase()} of one step`
      : `${edge(hovered)} – ${edge(hovered + 1)}: ${formatCount(bins.counts[hovered]!)}`;
  return (
    <div class="histogram">
      <CanvasView
        label={`${name}: distribution of ${values.length} points from ${edge(0)} to ${edge(BINS)}`}
        draw={(context, size) =>
          drawStackedBars(context, [bins.counts], {
            ...size,
            colors: [theme.accent],
            countMax: bins.countMax,
            hovered,
            hoverColor: theme.hover,
          })
        }
        onPointerMove={(x, _, size) =>
          setHovered(Math.min(BINS - 1, Math.floor((x / size.width) * BINS)))
        }
        onPointerLeave={() => setHovered(-1)}
      />
      <div class="histogram-axis hint number">
        <span>{edge(0)}</span>
        <span>{text}</span>
        <span>{edge(BINS)}</span>
      </div>
    </div>
  );
}
