// workflow.ts — the recorded workflow of the demo, sent to a dashboard as if it had just happened.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { TraceDetail } from "../../packages/dashboard/src/contract/contract.ts";
import { getTrace, until } from "./api.ts";
import { toOtlpLogs, toOtlpTraces } from "./otlp-json.ts";
import type { RunningDashboard } from "./running-dashboard.ts";

const PATH = resolve(import.meta.dirname, "../testdata/workflow.json");

/** As it was recorded. */
export function readWorkflow(): TraceDetail {
  return JSON.parse(readFileSync(PATH, "utf8")) as TraceDetail;
}

/** The same with every time moved, so that it starts at `startMs`. */
export function workflowAt(startMs: number): TraceDetail {
  const text = readFileSync(PATH, "utf8");
  const starts = readWorkflow().spans.map(({ startTimeUnixNano }) => BigInt(startTimeUnixNano));
  const first = starts.reduce((a, b) => (a < b ? a : b));
  const shift = BigInt(Math.round(startMs)) * 1_000_000n - first;
  const moved = text.replaceAll(
    /TimeUnixNano":"(\d+)"/g,
    (_match, time: string) => `TimeUnixNano":"${BigInt(time) + shift}"`,
  );
  return JSON.parse(
    moved.replaceAll(
      /"timeUnixNano":"(\d+)"/g,
      (_match, time: string) => `"timeUnixNano":"${BigInt(time) + shift}"`,
    ),
  ) as TraceDetail;
}

/** Sends spans and logs over OTLP and waits until the API has all of them. */
export async function sendWorkflow(
  dashboard: RunningDashboard,
  workflow: TraceDetail,
): Promise<void> {
  await post(dashboard.otlpUrl, "traces", toOtlpTraces(workflow));
  await post(dashboard.otlpUrl, "logs", toOtlpLogs(workflow));
  await until("the workflow", async () => {
    const { spans, logs } = await getTrace(dashboard.url, workflow.traceId);
    return spans.length === workflow.spans.length && logs.length === workflow.logs.length;
  });
}

async function post(otlpUrl: string, signal: string, body: unknown): Promise<void> {
  const response = await fetch(new URL(`/v1/${signal}`, otlpUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`Cannot send the workflow: ${await response.text()}`);
}
