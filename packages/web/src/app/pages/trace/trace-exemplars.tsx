// trace-exemplars.tsx — the metric points that name a span of this trace.

import type { TraceExemplar } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { formatNumber } from "../../../core/format/format.ts";
import { formatTime, nanoToMs } from "../../../core/time/time.ts";
import { Link } from "../../parts/parts.tsx";
import { Popover } from "../../parts/popover.tsx";
import { PAGES } from "../../state/location.ts";
import { zone } from "../../state/settings.ts";

const ROWS_MAX = 100;

export function TraceExemplars({
  exemplars,
}: {
  exemplars: readonly TraceExemplar[];
}): JSX.Element | null {
  if (exemplars.length === 0) return null;
  return (
    <div>
      <dt>Exemplars</dt>
      <dd>
        <Popover
          label="Exemplars"
          buttonLabel={`${exemplars.length} exemplars`}
          button={String(exemplars.length)}
          buttonClass="text-button number"
          class="exemplar-panel"
        >
          {() => <ExemplarList exemplars={exemplars} />}
        </Popover>
      </dd>
    </div>
  );
}

export function ExemplarList({ exemplars }: { exemplars: readonly TraceExemplar[] }): JSX.Element {
  return (
    <ul class="exemplar-list">
      {exemplars.slice(0, ROWS_MAX).map((exemplar, place) => (
        <li key={place}>
          <span class="faint time">{formatTime(nanoToMs(exemplar.timeUnixNano), zone.value)}</span>
          <Link class="cut" to={{ page: { ...PAGES.metrics, metric: exemplar.metricName } }}>
            {exemplar.metricName}
          </Link>
          <span class="number">{formatNumber(exemplar.value)}</span>
        </li>
      ))}
      {exemplars.length > ROWS_MAX && <li class="hint">and {exemplars.length - ROWS_MAX} more</li>}
    </ul>
  );
}
