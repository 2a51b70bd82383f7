// first-run.tsx — nothing has arrived yet: how to send something, with the addresses of this very dashboard.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatCount } from "../../core/format/format.ts";
import { CopyButton, Segments } from "../parts/parts.tsx";
import { overview, overviewVersion } from "../state/live.ts";

type Way = "node" | "any" | "curl";

export function FirstRun(): JSX.Element {
  const [way, setWay] = useState<Way>("node");
  const snippet = SNIPPETS[way](window.location.origin);
  return (
    <section class="first-run">
      <div class="first-run-head">
        <h1>Waiting for the first span</h1>
        <p class="soft">Send something from your program; it appears here the moment it arrives.</p>
      </div>
      <div class="card snippet-card">
        <Segments
          label="Send from"
          value={way}
          options={[
            { value: "node", label: "Node.js" },
            { value: "any", label: "Any OpenTelemetry SDK" },
            { value: "curl", label: "curl" },
          ]}
          onChange={setWay}
        />
        <div class="snippet">
          <pre tabIndex={0}>{snippet}</pre>
          <CopyButton text={snippet} label="Copy" />
        </div>
      </div>
      <Received />
    </section>
  );
}

function Received(): JSX.Element {
  void overviewVersion.value;
  const { spans, logs, points } = overview.totals;
  return (
    <p class="received number" role="status">
      <span class="live-dot" aria-hidden="true" />
      Waiting for data… received {formatCount(spans)} spans, {formatCount(logs)} logs,{" "}
      {formatCount(points)} metric points
    </p>
  );
}

/** Every HTTP port of the dashboard takes OTLP, so the page's own address is always right. */
const SNIPPETS: Readonly<Record<Way, (origin: string) => string>> = {
  node: (origin) => `import { log, startTelemetry, withSpan } from "@telemetry/sdk";

startTelemetry({ serviceName: "my-app", endpoint: "${origin}" });

await withSpan("hello", async () => {
  log.info("Hello from my app");
});`,
  any: (origin) => `export OTEL_SERVICE_NAME=my-app
export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
  curl: (origin) => `now=$(date +%s)
curl -s ${origin}/v1/traces -H 'content-type: application/json' -d '{"resourceSpans":[{
  "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"curl"}}]},
  "scopeSpans":[{"spans":[{"traceId":"'$(openssl rand -hex 16)'","spanId":"'$(openssl rand -hex 8)'",
    "name":"hello","kind":1,"startTimeUnixNano":"'$now'000000000","endTimeUnixNano":"'$now'250000000"}]}]}]}'`,
};
