// execute.ts — does one atomic task: calls its tool in the child process, again when that fails, and
// has the answer condensed by a worker thread. n attempts are n sibling spans under the task.

import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { SpanKind } from "@opentelemetry/api";
import { createCounter, injectContext, log, withSpan } from "@telemetry/sdk";
import type { Task, Tool } from "./task.ts";
import type { ToolAnswer } from "./tools.ts";

const ATTEMPTS_MAX = 5;
const retries = createCounter("agent.retries", { unit: "{retry}" });

const tools = fork(new URL("tools.ts", import.meta.url));
const worker = new Worker(new URL("worker.ts", import.meta.url));
const waiting = new Map<number, (answer: ToolAnswer) => void>();
let lastId = 0;
tools.on("message", (answer: ToolAnswer) => settle(answer));
worker.on("message", (id: number) => settle({ id }));

/** Ends the child process and the thread, which send what they recorded as they go. */
export async function closeExecutors(): Promise<void> {
  tools.disconnect();
  worker.postMessage("close");
  await once(worker, "exit");
}

export async function execute(task: Task, tool: Tool): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await withSpan(`attempt ${attempt}`, { attributes: { "retry.attempt": attempt } }, () =>
        callTool(tool, task, attempt),
      );
      break;
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error;
      retries.add(1, { "gen_ai.tool.name": tool });
      log.warn(`${tool} failed, trying again`, { "task.id": task.id, "retry.attempt": attempt });
      await sleep(20 * 2 ** attempt);
    }
  }
  await ask((id) => worker.postMessage({ id, text: task.title, carrier: injectContext({}) }));
}

async function callTool(tool: Tool, task: Task, attempt: number): Promise<void> {
  const attributes = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool };
  await withSpan(`call ${tool}`, { kind: SpanKind.CLIENT, attributes }, async () => {
    const seed = `${task.run}/${task.id}/${attempt}`;
    const { error } = await ask((id) => tools.send({ id, tool, seed, carrier: injectContext({}) }));
    if (error !== undefined) throw new Error(error);
  });
}

function ask(send: (id: number) => void): Promise<ToolAnswer> {
  const id = ++lastId;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    send(id);
  });
}

function settle(answer: ToolAnswer): void {
  waiting.get(answer.id)?.(answer);
  waiting.delete(answer.id);
}
