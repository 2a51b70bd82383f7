// health-panel.tsx — CPU, memory and event loop of every process that reports its runtime.

import type { JSX } from "preact";
import { formatValue } from "../../../core/format/format.ts";
import { HEALTH_INDICATORS, findIndicator } from "../../../core/live/live.ts";
import type { HealthIndicator, HealthRow } from "../../../core/live/live.ts";
import { ServiceDot } from "../../parts/parts.tsx";
import { Sparkline } from "../../parts/sparkline-view.tsx";
import { serviceColor } from "../../state/services.ts";

export function HealthPanel({ rows }: { rows: readonly HealthRow[] }): JSX.Element | null {
  if (rows.length === 0) return null;
  return (
    <section aria-label="Process health">
      <div class="section-head">
        <h2>Process health</h2>
        <span class="hint">Runtime metrics, last two minutes</span>
      </div>
      <ul class="health-grid">
        {rows.map((row) => (
          <li key={`${row.service} ${row.instance}`} class="card health-card">
            <div class="health-head">
              <ServiceDot place={serviceColor(row.service)} />
              <span class="cut service-name">{row.service}</span>
              <span class="mono faint cut" title={row.instance}>
                {row.instance}
              </span>
            </div>
            <dl>
              {HEALTH_INDICATORS.map((indicator) => (
                <Indicator key={indicator.label} indicator={indicator} row={row} />
              ))}
            </dl>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Indicator({
  indicator,
  row,
}: {
  indicator: HealthIndicator;
  row: HealthRow;
}): JSX.Element | null {
  const name = findIndicator(indicator, row.values);
  if (name === undefined) return null;
  const value = row.values[name]!;
  const isBad = indicator.warnFrom !== undefined && value >= indicator.warnFrom;
  return (
    <div class="indicator" title={name}>
      <dt>{indicator.label}</dt>
      <dd class={`number ${isBad ? "is-warn" : ""}`}>{formatValue(value, indicator.unit)}</dd>
      <Sparkline
        values={row.history[name] ?? []}
        isLevel={indicator.max === undefined}
        color={(theme) => (isBad ? theme.warn : theme.textSoft)}
        {...(indicator.max === undefined ? {} : { max: indicator.max })}
      />
    </div>
  );
}
