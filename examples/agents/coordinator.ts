// coordinator.ts — the agent that splits a task into tasks until each can be done at once.
//
//   task 1 ── classify, decompose ──▶ planner (HTTP)
//     ├─ task 1.1 … down to depth 5, siblings at the same time
//     └─ task 1.2 ── attempt ──▶ tools (child process), condense ──▶ worker thread
//
// A task whose part failed has failed: errors pass upward, and so does the status of the spans.

import { setTimeout as sleep } from "node:timers/promises";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import {
  createCounter,
  createHistogram,
  createUpDownCounter,
  log,
  registerView,
  shutdown,
  startTelemetry,
  withSpan,
} from "@telemetry/sdk";
import { depthOf, type Plan, type Task } from "./task.ts";

startTelemetry({ serviceName: "coordinator", instrumentations: [new UndiciInstrumentation()] });
const { closeExecutors, execute } = await import("./execute.ts");

const plannerUrl = process.env["PLANNER_URL"];
const isOnce = process.argv.includes("--once");
const PAUSE_MS = 3_000;
const GOALS = ["Plan the trip", "Fix the login", "Write the report"];

const tasks = createCounter("agent.tasks", { unit: "{task}", description: "Tasks done or failed" });
const running = createUpDownCounter("agent.tasks.running", { unit: "{task}" });
const duration = createHistogram("agent.task.duration", { unit: "ms" });

registerView("agent.tool.duration", "line_chart", {
  title: "Tool latency, p95",
  aggregate: "p95",
  groupBy: ["gen_ai.tool.name"],
});
registerView("agent.retries", "bar_chart", {
  title: "Retries per tool",
  aggregate: "rate",
  groupBy: ["gen_ai.tool.name"],
});
registerView("gen_ai.client.token.usage", "line_chart", {
  title: "Tokens",
  aggregate: "rate",
  groupBy: ["gen_ai.token.type"],
});
registerView("agent.tasks.running", "stat", { title: "Tasks running", aggregate: "last" });

const stopping = new AbortController();
process.once("SIGTERM", () => stopping.abort());
for (let run = 1; !stopping.signal.aborted; run++) {
  const task: Task = { id: "1", run, title: GOALS[run % GOALS.length] ?? "" };
  await perform(task).catch((error: Error) => log.error(error, { "agent.run": run }));
  if (isOnce) break;
  await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => {}); // woken by the end
}
await closeExecutors();
await shutdown();

async function perform(task: Task): Promise<void> {
  const attributes = {
    "task.id": task.id,
    "task.depth": depthOf(task),
    "agent.run": task.run,
    "agent.name": "coordinator",
  };
  const startMs = performance.now();
  running.add(1);
  try {
    await withSpan(`task ${task.title}`, { attributes }, async (span) => {
      const plan = await ask<Plan>("classify", task);
      span.setAttribute("task.kind", plan.kind);
      if (plan.kind === "atomic") await execute(task, plan.tool);
      else await performAll(await ask<Task[]>("decompose", task));
    });
    tasks.add(1, { "task.status": "done" });
  } catch (error) {
    tasks.add(1, { "task.status": "failed" });
    throw error;
  } finally {
    running.add(-1);
    duration.record(performance.now() - startMs, { "task.depth": depthOf(task) });
  }
}

/** All parts run at the same time and to their end; then the first failure counts for the whole. */
async function performAll(parts: readonly Task[]): Promise<void> {
  const outcomes = await Promise.allSettled(parts.map(perform));
  const failed = outcomes.filter((outcome) => outcome.status === "rejected");
  log.info(`${outcomes.length - failed.length} of ${outcomes.length} parts done`);
  if (failed[0] !== undefined) throw failed[0].reason;
}

async function ask<Answer>(what: "classify" | "decompose", task: Task): Promise<Answer> {
  const response = await fetch(`${plannerUrl}/${what}`, {
    method: "POST",
    body: JSON.stringify(task),
  });
  return (await response.json()) as Answer;
}
