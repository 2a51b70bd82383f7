// trace-row.tsx — one trace in the list: a link, readable from left to right.

import type { TraceSummary } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { formatCount, formatDuration } from "../../../core/format/format.ts";
import { formatDay, formatTime, nanoToMs } from "../../../core/time/time.ts";
import { Icon, Link, ServiceDot } from "../../parts/parts.tsx";
import { tracePage } from "../../state/location.ts";
import { serviceColor } from "../../state/services.ts";
import { zone } from "../../state/settings.ts";

const DOTS_MAX = 6;

export function TraceRow({
  trace,
  durationMaxNs,
  tabIndex,
}: {
  trace: TraceSummary;
  durationMaxNs: number;
  tabIndex: number;
}): JSX.Element {
  const startMs = nanoToMs(trace.startTimeUnixNano);
  const durationNs = Number(trace.durationNano);
  const share = durationMaxNs > 0 ? durationNs / durationMaxNs : 0;
  const hasErrors = trace.errorCount > 0;
  return (
    <Link
      class={`trace-row ${hasErrors ? "has-errors" : ""}`}
      to={{ page: tracePage(trace.traceId) }}
      tabIndex={tabIndex}
    >
      <span class="time soft" title={formatDay(startMs, zone.value)}>
        {formatTime(startMs, zone.value)}
      </span>
      <span class="trace-name">
        <ServiceDot place={serviceColor(trace.rootService)} />
        <span class="trace-title cut">
          {trace.rootName === "" ? <em class="faint">root span not here yet</em> : trace.rootName}
        </span>
        <span class="soft cut trace-service">{trace.rootService}</span>
      </span>
      <span class="services-cell">
        <span class="dots" title={trace.services.join(", ")}>
          {trace.services.slice(0, DOTS_MAX).map((name) => (
            <ServiceDot key={name} place={serviceColor(name)} />
          ))}
        </span>
        <span class="hint number">
          {trace.services.length === 1 ? "1 service" : `${trace.services.length} services`}
        </span>
      </span>
      <span class="number right span-count">
        {hasErrors && (
          <span class="error-count" title={`${trace.errorCount} spans with errors`}>
            <Icon name="error" size={13} />
            <span class="visually-hidden">errors: </span>
            {formatCount(trace.errorCount)}
          </span>
        )}
        <span>
          {formatCount(trace.spanCount)}
          <span class="visually-hidden"> spans</span>
        </span>
      </span>
      <span class="duration-cell">
        <span class="number">{formatDuration(durationNs)}</span>
        <span class="duration-track" aria-hidden="true">
          <span style={{ width: `${Math.max(0.5, share * 100)}%` }} />
        </span>
      </span>
    </Link>
  );
}
