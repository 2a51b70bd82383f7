// log-detail.tsx — everything a log record carries.

import type { LogRecord } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { attributeText, jsonText } from "../../../core/format/format.ts";
import { AttributeTable } from "../../parts/attribute-table.tsx";
import { Dropped } from "../../parts/dropped.tsx";
import { CopyButton, Link } from "../../parts/parts.tsx";
import { PAGES, tracePage } from "../../state/location.ts";

export function LogDetail({ log }: { log: LogRecord }): JSX.Element {
  const body = typeof log.body === "object" ? jsonText(log.body) : attributeText(log.body);
  const stack = log.attributes["exception.stacktrace"];
  return (
    <div class="log-detail">
      <div class="snippet">
        <pre tabIndex={0}>{body}</pre>
        <CopyButton text={body} label="Copy the body" />
      </div>
      {typeof stack === "string" && (
        <div class="snippet is-error">
          <pre tabIndex={0}>{stack}</pre>
          <CopyButton text={stack} label="Copy the stack trace" />
        </div>
      )}
      <div class="detail-columns">
        <section>
          <h2>Attributes</h2>
          <AttributeTable
            attributes={without(log.attributes, "exception.stacktrace")}
            filterPage={PAGES.logs}
            label="Attributes"
          />
        </section>
        <section>
          <h2>Resource and scope</h2>
          <AttributeTable attributes={log.resource} filterPage={PAGES.logs} label="Resource" />
          <p class="hint mono">
            {log.scope.name || "(no scope)"} {log.scope.version}
          </p>
          {log.traceId !== undefined && (
            <p class="log-ids">
              <Link class="button" to={{ page: tracePage(log.traceId, log.spanId) }}>
                Open {log.spanId === undefined ? "the trace" : "the span in its trace"}
              </Link>
              <code class="faint cut">{log.traceId}</code>
              <CopyButton text={log.traceId} label="Copy the trace id" />
            </p>
          )}
          <Dropped count={log.droppedAttributesCount} what="attributes" />
        </section>
      </div>
    </div>
  );
}

function without(attributes: LogRecord["attributes"], key: string): LogRecord["attributes"] {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => name !== key));
}
