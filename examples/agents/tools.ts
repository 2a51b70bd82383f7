// tools.ts — a child process that runs tools. Calls come as messages; the trace context comes inside
// them, in an ordinary object.

import { setTimeout as sleep } from "node:timers/promises";
import { SpanKind } from "@opentelemetry/api";
import {
  createHistogram,
  extractContext,
  log,
  runWithContext,
  startTelemetry,
  withSpan,
} from "@telemetry/sdk";
import { chance } from "./simulated-model.ts";
import type { Tool } from "./task.ts";

export interface ToolCall {
  readonly id: number;
  readonly tool: Tool;
  readonly seed: string;
  readonly carrier: Record<string, string>;
}

export interface ToolAnswer {
  readonly id: number;
  readonly error?: string;
}

startTelemetry({ serviceName: "tools" });
const duration = createHistogram("agent.tool.duration", {
  unit: "ms",
  description: "Time of one tool call",
});

process.on("message", (call: ToolCall) => {
  void runWithContext(extractContext(call.carrier), async () =>
    process.send?.(await answerOf(call)),
  );
});

function answerOf(call: ToolCall): Promise<ToolAnswer> {
  const attributes = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": call.tool };
  const startMs = performance.now();
  return withSpan(`execute_tool ${call.tool}`, { kind: SpanKind.SERVER, attributes }, () =>
    runTool(call),
  )
    .then(() => ({ id: call.id }))
    .catch((error: Error) => ({ id: call.id, error: error.message }))
    .finally(() => duration.record(performance.now() - startMs, { "gen_ai.tool.name": call.tool }));
}

async function runTool({ tool, seed }: ToolCall): Promise<void> {
  const luck = chance(`${tool} ${seed}`);
  // Two things are wrong in here. The page shows which; the README asks.
  const slowness = tool === "read_files" && luck > 0.4 ? 12 : 1;
  await sleep((15 + 70 * luck) * slowness);
  if (tool === "query_index" && luck < 0.6) {
    log.warn("index answered: too many open cursors", { "gen_ai.tool.name": tool });
    throw new Error("query_index: too many open cursors");
  }
}
