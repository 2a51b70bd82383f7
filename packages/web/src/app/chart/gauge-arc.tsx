// gauge-arc.tsx — a value on a half circle, from zero to its natural top.

import type { JSX } from "preact";
import { niceTicks } from "../../core/axis/axis.ts";
import { formatValue } from "../../core/format/format.ts";
import { alignSeries, seriesLabel, summarise } from "../../core/metrics/metrics.ts";
import type { ChartBodyProps } from "./chart-body.tsx";

const RADIUS = 52;
const LENGTH = Math.PI * RADIUS;

export function GaugeArc({ series, unit, name }: ChartBodyProps): JSX.Element {
  const { values } = alignSeries(series);
  const summaries = values.map(summarise);
  const place = summaries.findIndex(
    (one) => one.last === Math.max(...summaries.map((other) => other.last)),
  );
  const { last, max } = summaries[Math.max(0, place)]!;
  const top = topOf(unit, max);
  const share = Math.min(1, Math.max(0, last / top));
  return (
    <div class="gauge">
      <svg
        viewBox="0 0 128 72"
        role="img"
        aria-label={`${name}: ${formatValue(last, unit)} of ${formatValue(top, unit)}`}
      >
        <path class="gauge-track" d={`M12 66a${RADIUS} ${RADIUS} 0 0 1 104 0`} />
        <path
          class="gauge-fill"
          d={`M12 66a${RADIUS} ${RADIUS} 0 0 1 104 0`}
          stroke-dasharray={`${share * LENGTH} ${LENGTH}`}
        />
      </svg>
      <span class="gauge-value number">{formatValue(last, unit)}</span>
      <span class="hint">
        {series.length > 1 ? `${seriesLabel(series[Math.max(0, place)]!.attributes)}, ` : ""}of{" "}
        {formatValue(top, unit)}
      </span>
    </div>
  );
}

/** Shares end at all of it; anything else at the next round number above what was seen. */
function topOf(unit: string, max: number): number {
  if (unit === "%") return 100;
  if ((unit === "1" || unit === "share") && max <= 1) return 1;
  const { step, ticks } = niceTicks(0, max > 0 ? max : 1, 4);
  return (ticks.at(-1) ?? 0) + step;
}
