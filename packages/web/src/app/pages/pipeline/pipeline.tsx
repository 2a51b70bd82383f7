// pipeline.tsx — what the dashboard itself did: every station's counters and limits, and the rows it could not store.

import type { PipelineStatus, StationStatus } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { formatDateTime, nanoToMs } from "../../../core/time/time.ts";
import { Failure, Skeleton } from "../../parts/parts.tsx";
import { useLive, useTopics } from "../../state/live.ts";
import { useQuery } from "../../state/query.ts";
import { api } from "../../state/session.ts";
import { zone } from "../../state/settings.ts";
import { Quarantine } from "./quarantine.tsx";
import { StationCard } from "./station-card.tsx";

/** In the order of the data. */
const ORDER: readonly StationStatus["station"][] = [
  "receive",
  "spool",
  "store",
  "engine",
  "live",
  "query",
  "api",
];

const REFRESH_MS = 2_000;

export function PipelinePage(): JSX.Element {
  useTopics(["pipeline"]);
  const stored = useQuery("pipeline", (signal) => api.pipeline(signal), { refreshMs: REFRESH_MS });
  const [pushed, setPushed] = useState<PipelineStatus | undefined>(undefined);
  useLive("pipeline", setPushed);
  const status = newer(pushed, stored.data);
  const rates = useRates(status);
  if (status === undefined) {
    return (
      <main id="content" class="page">
        {stored.error === undefined ? (
          <Skeleton rows={8} />
        ) : (
          <Failure message={stored.error.message} />
        )}
      </main>
    );
  }
  const stations = [...status.stations].sort(
    (a, b) => ORDER.indexOf(a.station) - ORDER.indexOf(b.station),
  );
  return (
    <main id="content" class="page pipeline">
      <div class="section-head">
        <h1>Pipeline</h1>
        <span class="hint number">
          telemetry {status.version} · since{" "}
          {formatDateTime(nanoToMs(status.startTimeUnixNano), zone.value, false)}
        </span>
      </div>
      <ul class="stations">
        {stations.map((station) => (
          <StationCard key={station.station} station={station} rates={rates.get(station.station)} />
        ))}
      </ul>
      <Quarantine rows={status.quarantine} />
    </main>
  );
}

/** The one that counted more; a restart of the dashboard begins again and wins by its start. */
function newer(
  a: PipelineStatus | undefined,
  b: PipelineStatus | undefined,
): PipelineStatus | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.startTimeUnixNano !== b.startTimeUnixNano)
    return nanoToMs(a.startTimeUnixNano) > nanoToMs(b.startTimeUnixNano) ? a : b;
  return sumOf(a) >= sumOf(b) ? a : b;
}

function sumOf(status: PipelineStatus): number {
  return status.stations.reduce(
    (total, { counters }) => Object.values(counters).reduce((sum, value) => sum + value, total),
    0,
  );
}

type Rates = ReadonlyMap<string, Readonly<Record<string, number>>>;

/** At most this often, so that a rate is over a second or more. */
const SAMPLE_MS_MIN = 1_000;

/** How fast each counter goes, per second, between two looks. */
function useRates(status: PipelineStatus | undefined): Rates {
  const last = useRef<{ atMs: number; status: PipelineStatus; rates: Rates } | undefined>(
    undefined,
  );
  if (status === undefined) return new Map();
  const before = last.current;
  const atMs = performance.now();
  if (before === undefined) last.current = { atMs, status, rates: new Map() };
  else if (atMs - before.atMs >= SAMPLE_MS_MIN) {
    last.current = {
      atMs,
      status,
      rates: ratesBetween(before.status, status, (atMs - before.atMs) / 1_000),
    };
  }
  return last.current!.rates;
}

function ratesBetween(before: PipelineStatus, after: PipelineStatus, seconds: number): Rates {
  return new Map(
    after.stations.map(({ station, counters }) => {
      const known = before.stations.find((one) => one.station === station)?.counters ?? {};
      const rates = Object.entries(counters).map(([name, value]) => [
        name,
        (value - (known[name] ?? value)) / seconds,
      ]);
      return [station, Object.fromEntries(rates)];
    }),
  );
}
