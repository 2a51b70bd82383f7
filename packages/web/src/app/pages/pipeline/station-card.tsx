// station-card.tsx — one station: its state, what it counted, and how near it is to its limits.

import type { StationStatus } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
} from "../../../core/format/format.ts";
import { Icon } from "../../parts/parts.tsx";

const PURPOSES: Readonly<Record<StationStatus["station"], string>> = {
  receive: "Takes OTLP from senders and decodes it",
  spool: "Keeps the original bytes until they are stored",
  store: "Inserts rows into ClickHouse",
  engine: "ClickHouse: a child process, or one by URL",
  live: "Pushes what arrives to open pages",
  query: "Answers questions about the past",
  api: "Serves this page and its questions",
};

interface StationCardProps {
  station: StationStatus;
  rates: Readonly<Record<string, number>> | undefined;
}

export function StationCard({ station, rates }: StationCardProps): JSX.Element {
  const counters = Object.entries(station.counters);
  const limits = Object.entries(station.limits);
  return (
    <li class={`card station is-${station.state}`}>
      <header>
        <h2>{station.station === "api" ? "API" : capital(station.station)}</h2>
        <span class={`state is-${station.state}`}>{station.state}</span>
      </header>
      <p class="hint">{PURPOSES[station.station]}</p>
      {station.message !== undefined && (
        <p class="station-message">
          <Icon name="warning" size={14} /> {station.message}
        </p>
      )}
      <dl class="counters">
        {counters.map(([name, value]) => (
          <div key={name} class={value === 0 ? "is-zero" : isLoss(name) ? "is-loss" : ""}>
            <dt>{capital(words(name))}</dt>
            <dd class="number">
              {formatByName(name, value)}
              <span class="faint counter-rate">
                {(rates?.[name] ?? 0) > 0 ? formatRate(rates![name]!) : ""}
              </span>
            </dd>
          </div>
        ))}
      </dl>
      {limits.length > 0 && (
        <dl class="limits">
          {limits.map(([name, limit]) => {
            const used = station.counters[usedName(name)];
            return (
              <div key={name}>
                <dt>{capital(words(usedName(name)))}</dt>
                <dd class="number">
                  {used === undefined ? "at most" : `${formatByName(name, used)} of`}{" "}
                  {formatByName(name, limit)}
                  {used !== undefined && limit > 0 && (
                    <meter
                      min={0}
                      max={limit}
                      high={limit * 0.8}
                      value={used}
                      aria-label={`${words(usedName(name))} of ${words(name)}`}
                    />
                  )}
                </dd>
              </div>
            );
          })}
        </dl>
      )}
    </li>
  );
}

/** `waiting_bytes_max` limits `waiting_bytes`; camel case is read as well. */
function usedName(limitName: string): string {
  return limitName.replace(/_max$|Max$/, "");
}

/** `rows_dropped` and `queueLengthMax` as words. */
function words(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll("_", " ")
    .replace(/ ms$/, "");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function isLoss(name: string): boolean {
  return /drop|reject|quarantin|fail|error|expired|lost|skipped|refused|too_late|evict/.test(
    name.toLowerCase(),
  );
}

function formatByName(name: string, value: number): string {
  if (/bytes/i.test(name)) return formatBytes(value);
  if (/(_|[a-z])ms(_max|Max)?$/i.test(name)) return formatDuration(value * 1e6);
  return formatCount(value);
}
