// series-legend.tsx — the series as numbers: a click isolates one, Ctrl or Cmd and a click toggles it.

import type { Exemplar } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { formatValue } from "../../../core/format/format.ts";
import { summarise } from "../../../core/metrics/metrics.ts";
import { Link, ServiceDot } from "../../parts/parts.tsx";
import { tracePage } from "../../state/location.ts";

interface SeriesLegendProps {
  labels: readonly string[];
  /** Palette places. */
  colors: readonly number[];
  values: readonly (readonly (number | null)[])[];
  unit: string;
  hidden: ReadonlySet<string>;
  setHidden: (hidden: ReadonlySet<string>) => void;
  exemplars: readonly Exemplar[];
}

const EXEMPLARS_MAX = 8;

export function SeriesLegend({
  labels,
  colors,
  values,
  unit,
  hidden,
  setHidden,
  exemplars,
}: SeriesLegendProps): JSX.Element {
  const choose = (label: string, isToggle: boolean): void => {
    const isAlone = hidden.size === labels.length - 1 && !hidden.has(label);
    if (isToggle) {
      const next = new Set(hidden);
      if (!next.delete(label)) next.add(label);
      setHidden(next);
    } else setHidden(isAlone ? new Set() : new Set(labels.filter((other) => other !== label)));
  };
  return (
    <div class="series-legend">
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Table of series">
        <table class="table compact">
          <thead>
            <tr>
              <th scope="col">Series</th>
              <th scope="col" class="right">
                Last
              </th>
              <th scope="col" class="right wide-only">
                Min
              </th>
              <th scope="col" class="right">
                Mean
              </th>
              <th scope="col" class="right">
                Max
              </th>
            </tr>
          </thead>
          <tbody>
            {labels.map((label, place) => {
              const summary = summarise(values[place]!);
              return (
                <tr key={label} class={hidden.has(label) ? "is-hidden" : ""}>
                  <th scope="row">
                    <button
                      type="button"
                      class="legend-button"
                      aria-pressed={!hidden.has(label)}
                      title="Click to isolate, Ctrl-click to toggle"
                      onClick={(event) => choose(label, event.ctrlKey || event.metaKey)}
                    >
                      {labels.length > 1 ? (
                        <ServiceDot place={colors[place]!} />
                      ) : (
                        <span class="service-dot is-accent" />
                      )}
                      <span class="cut">{label}</span>
                    </button>
                  </th>
                  <td class="number right">{formatValue(summary.last, unit)}</td>
                  <td class="number right wide-only">{formatValue(summary.min, unit)}</td>
                  <td class="number right">{formatValue(summary.avg, unit)}</td>
                  <td class="number right">{formatValue(summary.max, unit)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {exemplars.length > 0 && (
        <p class="exemplar-line">
          <span class="hint">Exemplars</span>
          {exemplars.slice(-EXEMPLARS_MAX).map((exemplar, place) => (
            <Link
              key={place}
              class="number"
              to={{ page: tracePage(exemplar.traceId, exemplar.spanId) }}
              title={`Trace ${exemplar.traceId}`}
            >
              {formatValue(exemplar.value, unit)}
            </Link>
          ))}
        </p>
      )}
    </div>
  );
}
