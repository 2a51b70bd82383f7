// service-table.tsx — every service in one line: what it does now, and how it came to that.

import type { ServiceSummary } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { replaceTerm } from "../../../core/filter/filter.ts";
import { formatDuration, formatPercent, formatRate } from "../../../core/format/format.ts";
import type { ServiceSeries } from "../../../core/live/live.ts";
import { describeRange } from "../../../core/time/time.ts";
import { Link, ServiceDot, Skeleton } from "../../parts/parts.tsx";
import { Sparkline } from "../../parts/sparkline-view.tsx";
import { PAGES, filter, range } from "../../state/location.ts";
import { errorTop, smoothed } from "./live-panel.tsx";
import { serviceColor } from "../../state/services.ts";
import { zone } from "../../state/settings.ts";

interface ServiceTableProps {
  services: readonly ServiceSummary[];
  series: readonly ServiceSeries[];
  isLoading: boolean;
}

export function ServiceTable({ services, series, isLoading }: ServiceTableProps): JSX.Element {
  const seriesByName = new Map(series.map((one) => [one.name, one]));
  const known = new Set(services.map((service) => service.name));
  const fresh = series.filter((one) => !known.has(one.name)).map(summaryOf);
  const rows = [...services, ...fresh].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <section class="card" aria-label="Services">
      <div class="card-head">
        <h2>Services</h2>
        <span class="hint">
          Numbers: {describeRange(range.value, zone.value).toLowerCase()} · lines: last 5m, live
        </span>
      </div>
      {rows.length === 0 && isLoading && <Skeleton rows={4} />}
      {rows.length === 0 && !isLoading && (
        <p class="hint card-pad">No service has sent spans in this range.</p>
      )}
      {rows.length > 0 && (
        <div class="table-scroll" tabIndex={0} role="region" aria-label="Table of services">
          <table class="table services">
            <thead>
              <tr>
                <th scope="col">Service</th>
                <th scope="col" class="right">
                  Requests
                </th>
                <LineHead text="Spans per second, last five minutes" />
                <th scope="col" class="right">
                  Errors
                </th>
                <LineHead text="Errors per second, last five minutes" />
                <th scope="col" class="right wide-only">
                  p50
                </th>
                <th scope="col" class="right">
                  p95
                </th>
                <LineHead text="p95, last five minutes" />
                <th scope="col" class="right wide-only">
                  p99
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((service) => (
                <ServiceRow
                  key={service.name}
                  service={service}
                  series={seriesByName.get(service.name)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** The head of a column of lines; what it shows stands in the head beside it. */
function LineHead({ text }: { text: string }): JSX.Element {
  return (
    <th scope="col" class="line">
      <span class="visually-hidden">{text}</span>
    </th>
  );
}

function ServiceRow({
  service,
  series,
}: {
  service: ServiceSummary;
  series: ServiceSeries | undefined;
}): JSX.Element {
  const place = serviceColor(service.name);
  const ofService = replaceTerm(filter.value, ["service", "service.name"], "=", service.name);
  return (
    <tr>
      <th scope="row">
        <Link class="service-link" to={{ page: PAGES.traces, filter: ofService }}>
          <ServiceDot place={place} />
          <span class="cut">{service.name}</span>
        </Link>
      </th>
      <td class="number right">{formatRate(service.rate)}</td>
      <td class="line">
        {series && (
          <Sparkline values={smoothed(series.rate)} color={(theme) => theme.services[place]!} />
        )}
      </td>
      <td class={`number right ${service.errorRate > 0.01 ? "is-bad" : ""}`}>
        {formatPercent(service.errorRate)}
      </td>
      <td class="line">
        {series && (
          <Sparkline
            values={series.errors}
            color={(theme) => theme.error}
            max={errorTop(series.errors)}
          />
        )}
      </td>
      <td class="number right wide-only">{durationText(service.p50Nano)}</td>
      <td class="number right">{durationText(service.p95Nano)}</td>
      <td class="line">
        {series && (
          <Sparkline values={smoothed(series.p95Ms)} color={(theme) => theme.services[place]!} />
        )}
      </td>
      <td class="number right wide-only">{durationText(service.p99Nano)}</td>
    </tr>
  );
}

function durationText(nano: string): string {
  // A service whose spans are all inside other services was entered by nobody: nothing was measured.
  return nano === "" || nano === "0" ? "–" : formatDuration(Number(nano));
}

/** A service that the store does not know yet, from its live seconds. */
function summaryOf(series: ServiceSeries): ServiceSummary {
  const spans = series.rate.reduce((sum, value) => sum + value, 0);
  const errors = series.errors.reduce((sum, value) => sum + value, 0);
  const newest = (values: Float64Array): string => {
    const known = values.findLast((value) => !Number.isNaN(value));
    return known === undefined ? "" : String(Math.round(known * 1e6));
  };
  return {
    name: series.name,
    rate: spans / series.rate.length,
    errorRate: spans === 0 ? 0 : errors / spans,
    p50Nano: newest(series.p50Ms),
    p95Nano: newest(series.p95Ms),
    p99Nano: newest(series.p99Ms),
  };
}
