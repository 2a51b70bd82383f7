// planner.ts — a process of its own: an HTTP service that asks the (simulated) model what kind of task
// it has, and how to split it. @opentelemetry/instrumentation-http, unchanged from npm, records the
// requests and carries the trace context here.

import type { IncomingMessage, ServerResponse } from "node:http";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { log, startTelemetry } from "@telemetry/sdk";
import { chance, chat } from "./simulated-model.ts";
import { DEPTH_MAX, depthOf, type Plan, type Task, type Tool } from "./task.ts";

startTelemetry({ serviceName: "planner", instrumentations: [new HttpInstrumentation()] });
// After start, so that the instrumentation sees it.
const { createServer } = process.getBuiltinModule("node:http");

const WORK: Record<Tool, string> = {
  search_web: "find sources",
  read_files: "read the code",
  query_index: "look up history",
  run_tests: "check the result",
};
const TOOLS = Object.keys(WORK) as Tool[];

const server = createServer((request, response) => void answer(request, response));
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const task = JSON.parse(Buffer.concat(chunks).toString()) as Task;
  const plan = request.url === "/classify" ? await classify(task) : await decompose(task);
  response.setHeader("content-type", "application/json").end(JSON.stringify(plan));
}

function classify(task: Task): Promise<Plan> {
  const depth = depthOf(task);
  const seed = `${task.run}/${task.id}`;
  // The first child of every level is split down to the last one; the others less and less often.
  const isSpine = /^1(\.1)*$/.test(task.id);
  const isComposite = depth < DEPTH_MAX && (isSpine || chance(`split ${seed}`) < 0.9 - depth * 0.2);
  const tool = TOOLS[Math.floor(chance(`tool ${seed}`) * TOOLS.length)] ?? "search_web";
  return chat("classify", seed, { kind: isComposite ? "composite" : "atomic", tool });
}

function decompose(task: Task): Promise<Task[]> {
  const count = 2 + Math.floor(chance(`count ${task.run}/${task.id}`) * 2);
  log.info(`split "${task.title}" into ${count}`, { "task.id": task.id });
  const parts = Array.from({ length: count }, (_, index) => ({
    id: `${task.id}.${index + 1}`,
    run: task.run,
    title: `${task.title} ${"abc"[index]}`,
  }));
  return chat("decompose", `${task.run}/${task.id}`, parts);
}
