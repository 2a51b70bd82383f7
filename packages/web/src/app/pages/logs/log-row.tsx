// log-row.tsx — one line of the tail: severity strip, time, service, body, and the way to its trace.

import type { LogRecord } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { bodyText } from "../../../core/format/format.ts";
import { severityLabel, severityOf } from "../../../core/logs/logs.ts";
import { formatDateTime, formatTime, nanoToMs } from "../../../core/time/time.ts";
import { Icon, Link, ServiceDot } from "../../parts/parts.tsx";
import { tracePage } from "../../state/location.ts";
import { serviceColor } from "../../state/services.ts";
import { zone } from "../../state/settings.ts";

interface LogRowProps {
  log: LogRecord;
  isOpen: boolean;
  tabIndex: number;
  onToggle: () => void;
}

export function LogRow({ log, isOpen, tabIndex, onToggle }: LogRowProps): JSX.Element {
  const severity = severityOf(log.severityNumber);
  const ms = nanoToMs(
    log.timeUnixNano === "0" ? (log.observedTimeUnixNano ?? "0") : log.timeUnixNano,
  );
  return (
    <div class={`log-row severity-${severity} ${isOpen ? "is-open" : ""}`}>
      <button
        type="button"
        class="log-main"
        tabIndex={tabIndex}
        aria-expanded={isOpen}
        onClick={onToggle}
      >
        <span class="time soft" title={formatDateTime(ms, zone.value)}>
          {formatTime(ms, zone.value)}
        </span>
        <span class="log-severity">{severityLabel(log.severityNumber, log.severityText)}</span>
        <span class="log-service cut">
          <ServiceDot place={serviceColor(log.service)} />
          <span class="cut">{log.service}</span>
        </span>
        <span class="log-body mono">{logText(log)}</span>
      </button>
      {log.traceId !== undefined && (
        <Link
          class="log-trace"
          to={{
            page: {
              ...tracePage(log.traceId, log.spanId),
              ...(log.spanId === undefined ? {} : { tab: "logs" }),
            },
          }}
          title={`Trace ${log.traceId}`}
          aria-label={`Trace ${log.traceId.slice(0, 8)}`}
        >
          <Icon name="traces" size={14} />
          <span class="mono wide-only">{log.traceId.slice(0, 8)}</span>
        </Link>
      )}
    </div>
  );
}

/** A record without a body is still something: its event's name, or what its exception says. */
function logText(log: LogRecord): string {
  const text = bodyText(log.body);
  if (text !== "" && text !== "null") return text;
  const message = log.attributes["exception.message"];
  return log.eventName ?? (typeof message === "string" ? message : "(no body)");
}
