// span-logs.tsx — what was said inside a span.

import type { LogRecord } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatTerm } from "../../../core/filter/filter.ts";
import { bodyText, formatDuration } from "../../../core/format/format.ts";
import { logKey, severityLabel, severityOf } from "../../../core/logs/logs.ts";
import { nanoToMs } from "../../../core/time/time.ts";
import type { TraceModel } from "../../../core/trace/trace.ts";
import { AttributeTable } from "../../parts/attribute-table.tsx";
import { Link } from "../../parts/parts.tsx";
import { PAGES } from "../../state/location.ts";

export function SpanLogs({
  logs,
  model,
}: {
  logs: readonly LogRecord[];
  model: TraceModel;
}): JSX.Element {
  const [open, setOpen] = useState<LogRecord | undefined>(undefined);
  if (logs.length === 0) return <p class="hint">Nothing was logged inside this span.</p>;
  const spanId = logs[0]!.spanId ?? "";
  const range = {
    kind: "between",
    fromMs: model.startMs - 60_000,
    toMs: model.startMs + model.totalNs / 1e6 + 60_000,
  } as const;
  return (
    <>
      <ol class="span-logs">
        {logs.map((log) => (
          <li key={logKey(log)} class={`severity-${severityOf(log.severityNumber)}`}>
            <button
              type="button"
              aria-expanded={open === log}
              onClick={() => setOpen(open === log ? undefined : log)}
            >
              <span class="number faint">
                +{formatDuration((nanoToMs(log.timeUnixNano) - model.startMs) * 1e6)}
              </span>
              <span class="log-severity">
                {severityLabel(log.severityNumber, log.severityText)}
              </span>
              <span class="mono span-log-body">{bodyText(log.body)}</span>
            </button>
            {open === log && (
              <AttributeTable
                attributes={log.attributes}
                filterPage={PAGES.logs}
                label="Attributes"
              />
            )}
          </li>
        ))}
      </ol>
      <p>
        <Link to={{ page: PAGES.logs, filter: formatTerm("span", "=", spanId), range }}>
          Show in the logs
        </Link>
      </p>
    </>
  );
}
