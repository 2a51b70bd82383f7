// traces.ts — traces of a pretended agent system: a planner that splits a task, tools, a store, and their logs.

import type { Attributes, LogRecord, Span, SpanKind, TraceDetail, TraceSummary } from "@telemetry/dashboard/contract";
import { Random } from "./random.ts";

const NS_PER_MS = 1e6;

const RESOURCES: Readonly<Record<string, Attributes>> = Object.fromEntries(
  ["gateway", "planner", "researcher", "tool-runner", "vector-store", "billing"].map((name, place) => [
    name,
    {
      "service.name": name,
      "service.version": `1.${place}.2`,
      "service.instance.id": `${name}-7f9c${place}`,
      "host.name": place < 3 ? "node-a" : "node-b",
      "process.pid": 4_100 + place,
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.name": "telemetry",
    },
  ]),
);

interface Draft {
  name: string;
  service: string;
  kind?: SpanKind;
  attributes?: Attributes;
  error?: string;
}

/** Builds one trace at a time; offsets are milliseconds from its start. */
export class TraceBuilder {
  readonly #random: Random;
  readonly traceId: string;
  readonly #startMs: number;
  readonly spans: Span[] = [];
  readonly logs: LogRecord[] = [];

  constructor(random: Random, startMs: number, traceId = random.hex(32)) {
    this.#random = random;
    this.#startMs = startMs;
    this.traceId = traceId;
  }

  /** Adds a span; without an end it is open. */
  span(parent: Span | undefined, draft: Draft, startMs: number, durationMs: number | undefined): Span {
    const span: Span = {
      spanId: this.#random.hex(16),
      ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
      name: draft.name,
      kind: draft.kind ?? "internal",
      service: draft.service,
      startTimeUnixNano: this.nano(startMs),
      ...(durationMs === undefined ? {} : { endTimeUnixNano: this.nano(startMs + durationMs) }),
      attributes: draft.attributes ?? {},
      resource: RESOURCES[draft.service] ?? { "service.name": draft.service },
      scope: { name: "agents", version: "0.4.0", attributes: {} },
      events: [],
      links: [],
      status: draft.error === undefined ? { code: "unset" } : { code: "error", message: draft.error },
      flags: 1,
    };
    this.spans.push(span);
    return span;
  }

  log(span: Span, offsetMs: number, severityNumber: number, body: string, attributes: Attributes = {}): void {
    this.logs.push({
      timeUnixNano: this.nano(offsetMs),
      severityNumber,
      severityText: severityNumber >= 17 ? "ERROR" : severityNumber >= 13 ? "WARN" : severityNumber >= 9 ? "INFO" : "DEBUG",
      body,
      service: span.service,
      attributes,
      resource: span.resource,
      scope: span.scope,
      traceId: this.traceId,
      spanId: span.spanId,
    });
  }

  nano(offsetMs: number): string {
    return String(BigInt(Math.round(this.#startMs)) * 1_000_000n + BigInt(Math.round(offsetMs * NS_PER_MS)));
  }

  detail(): TraceDetail {
    return { traceId: this.traceId, spans: this.spans, logs: this.logs, exemplars: [] };
  }
}

/** A request that is split into tasks, some of which retry or fail. */
export function agentTrace(random: Random, startMs: number, traceId?: string): TraceDetail {
  const trace = new TraceBuilder(random, startMs, traceId);
  const goal = random.pick(["summarise quarterly report", "compare three suppliers", "plan a launch", "triage inbox"]);
  const root = trace.span(undefined, { name: "POST /v1/tasks", service: "gateway", kind: "server", attributes: { "http.request.method": "POST", "http.route": "/v1/tasks", "http.response.status_code": 200, "url.path": "/v1/tasks", "user.id": `u-${random.whole(100, 999)}` } }, 0, 0);
  trace.log(root, 0.4, 9, `accepted task "${goal}"`, { "task.goal": goal });
  const plan = trace.span(root, { name: "plan", service: "planner", kind: "server", attributes: { "agent.name": "planner", "task.depth": 0, "task.goal": goal } }, 2, 0);
  const endMs = decompose(trace, random, plan, 4, 1, random.whole(2, 4));
  finish(trace, plan, endMs + 2);
  finish(trace, root, endMs + 4);
  const failed = trace.spans.some((span) => span.status.code === "error" && span.service === "planner");
  if (failed) {
    root.status = { code: "error", message: "a subtask failed" };
    root.attributes = { ...root.attributes, "http.response.status_code": 502 };
  }
  trace.log(root, endMs + 3, failed ? 17 : 9, failed ? "task failed" : "task done", { "task.duration_ms": Math.round(endMs) });
  const measured = trace.spans.filter((span) => span.name.startsWith("chat"))[0];
  const detail = trace.detail();
  if (measured !== undefined) {
    detail.exemplars.push({ metricName: "gen_ai.client.operation.duration", service: "researcher", timeUnixNano: measured.endTimeUnixNano!, value: 0.42, traceId: trace.traceId, spanId: measured.spanId });
  }
  return detail;
}

function decompose(trace: TraceBuilder, random: Random, parent: Span, startMs: number, depth: number, width: number): number {
  let endMs = startMs;
  for (let place = 0; place < width; place++) {
    // Siblings overlap: the second half starts while the first half runs.
    const at = startMs + place * random.between(3, 24);
    const service = depth < 3 ? "planner" : "researcher";
    const task = trace.span(parent, { name: `task ${depth}.${place + 1}`, service, attributes: { "task.depth": depth, "task.index": place + 1, "agent.name": service } }, at, 0);
    const chatMs = random.duration(60 + 40 * (4 - depth));
    const chat = trace.span(task, { name: "chat gpt-sim", service: "researcher", kind: "client", attributes: { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-sim", "gen_ai.usage.input_tokens": random.whole(200, 3_000), "gen_ai.usage.output_tokens": random.whole(20, 800) } }, at + 1, chatMs);
    chat.events = [{ name: "gen_ai.first_token", timeUnixNano: trace.nano(at + 1 + chatMs * 0.3), attributes: { "gen_ai.token.index": 0 } }];
    trace.log(chat, at + 2, 5, "prompt sent", { "prompt.length": random.whole(400, 9_000) });
    let taskEndMs = at + chatMs + 2;
    if (depth < 4 && random.next() < 0.55) taskEndMs = decompose(trace, random, task, taskEndMs, depth + 1, random.whole(1, 3));
    else taskEndMs = useTool(trace, random, task, taskEndMs);
    finish(trace, task, taskEndMs + 1);
    endMs = Math.max(endMs, taskEndMs + 1);
  }
  return endMs;
}

function useTool(trace: TraceBuilder, random: Random, task: Span, startMs: number): number {
  const tool = random.pick(["search", "fetch", "calculator", "sql"]);
  const attempts = random.next() < 0.04 ? 3 : 1;
  let at = startMs;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const isLast = attempt === attempts;
    const durationMs = random.duration(tool === "fetch" ? 90 : 22);
    const error = isLast && (attempts === 1 || random.next() < 0.75) ? undefined : "upstream timed out";
    const call = trace.span(task, { name: `tool ${tool}`, service: "tool-runner", kind: "client", attributes: { "tool.name": tool, "retry.attempt": attempt, ...(error === undefined ? {} : { "error.type": "TimeoutError" }) }, ...(error === undefined ? {} : { error }) }, at, durationMs);
    if (error !== undefined) {
      call.events = [{ name: "exception", timeUnixNano: trace.nano(at + durationMs - 0.2), attributes: { "exception.type": "TimeoutError", "exception.message": error, "exception.stacktrace": `TimeoutError: ${error}\n    at runTool (/app/tools/${tool}.ts:42:11)\n    at async execute (/app/execute.ts:88:7)\n    at async Worker.run (/app/worker.ts:17:3)` } }];
      trace.log(call, at + durationMs - 0.1, isLast ? 17 : 13, `tool ${tool} failed: ${error}`, { "retry.attempt": attempt, "exception.type": "TimeoutError" });
    }
    if (tool === "sql" || tool === "search") {
      const query = trace.span(call, { name: tool === "sql" ? "SELECT documents" : "knn documents", service: "vector-store", kind: "server", attributes: { "db.system.name": "vectordb", "db.operation.name": "SELECT", "db.query.text": "SELECT id, body FROM documents\nWHERE tenant = ? ORDER BY distance LIMIT 20", "db.response.returned_rows": random.whole(0, 20) } }, at + 1, Math.max(1, durationMs - 3));
      trace.log(query, at + 1.5, 5, "query planned", { rows: 20, plan: { index: "hnsw", ef: 64 } });
    }
    at += durationMs + (isLast ? 0 : 15 * attempt);
  }
  return at;
}

function finish(trace: TraceBuilder, span: Span, endMs: number): void {
  span.endTimeUnixNano = trace.nano(endMs);
}

/** A trace with everything that can be odd: a missing parent, a clock behind, an open span, text that looks like markup. */
export function oddTrace(random: Random, startMs: number, traceId?: string): TraceDetail {
  const trace = new TraceBuilder(random, startMs, traceId);
  const root = trace.span(undefined, { name: "GET /checkout", service: "gateway", kind: "server", attributes: { "http.route": "/checkout" } }, 0, 240);
  const call = trace.span(root, { name: "charge", service: "billing", kind: "server" }, -18, 140);
  trace.span(call, { name: "INSERT payment", service: "billing", kind: "client", attributes: { "db.system.name": "postgresql" } }, -6, 60);
  const lost = { spanId: random.hex(16) } as Span;
  trace.span(lost, { name: "send receipt", service: "billing", kind: "producer" }, 150, 30);
  trace.span(lost, { name: "audit", service: "billing" }, 152, 12);
  const risky = trace.span(root, { name: "<script>alert(1)</script>", service: "tool-runner", attributes: { html: "<img src=x onerror=alert(2)>", "user.note": "a \"quoted\" word" } }, 60, 20);
  trace.log(risky, 61, 13, "<b>bold</b> & \"quoted\"");
  risky.links = [{ traceId: random.hex(32), spanId: random.hex(16), attributes: { reason: "retry of" } }];
  trace.span(root, { name: "reconcile", service: "billing" }, 200, undefined);
  return trace.detail();
}

/** A root with many children in groups: for the limits. */
export function largeTrace(random: Random, startMs: number, spanCount: number, traceId?: string): TraceDetail {
  const trace = new TraceBuilder(random, startMs, traceId);
  const root = trace.span(undefined, { name: "batch import", service: "gateway" }, 0, spanCount * 0.4 + 10);
  let group = root;
  for (let place = 1; place < spanCount; place++) {
    const at = place * 0.4;
    if (place % 50 === 1) group = trace.span(root, { name: `chunk ${Math.floor(place / 50)}`, service: "planner" }, at, 20);
    else trace.span(group, { name: random.pick(["read", "parse", "write"]), service: random.pick(["tool-runner", "vector-store"]), ...(random.next() < 0.002 ? { error: "bad row" } : {}) }, at, random.duration(3));
  }
  return trace.detail();
}

export function summaryOf(detail: TraceDetail): TraceSummary {
  const root = detail.spans.find((span) => span.parentSpanId === undefined) ?? detail.spans[0]!;
  let [start, end] = [BigInt(root.startTimeUnixNano), BigInt(root.startTimeUnixNano)];
  for (const span of detail.spans) {
    const [from, to] = [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano ?? span.startTimeUnixNano)];
    if (from < start) start = from;
    if (to > end) end = to;
  }
  return {
    traceId: detail.traceId,
    rootName: root.name,
    rootService: root.service,
    services: [...new Set(detail.spans.map((span) => span.service))],
    spanCount: detail.spans.length,
    errorCount: detail.spans.filter((span) => span.status.code === "error").length,
    startTimeUnixNano: String(start),
    durationNano: String(end - start),
  };
}
