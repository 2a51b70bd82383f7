// Context across every border of a process, with real threads, processes and sockets: 23, 25 to 28, 65, 144.

import { execFile } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { context, propagation, SpanKind } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  contextEnvironment,
  extractContext,
  getCurrentSpan,
  injectContext,
  runWithContext,
  startSpan,
  startTelemetry,
  withSpan,
} from "../../index.ts";
import { openTestReceiver, resetTelemetry } from "../../testing/testing.ts";
import type { TestReceiver } from "../../testing/testing.ts";
import { SPAN_ID, TRACE_ID } from "./vectors.ts";

const apps = resolve(import.meta.dirname, "../../../testdata/propagation");
const node = ["--conditions=@telemetry/source"];
let receiver: TestReceiver;

beforeEach(async () => {
  receiver = await openTestReceiver();
  startTelemetry({ serviceName: "parent", endpoint: receiver.url, batch: { delayMs: 60_000 } });
});
afterEach(async () => {
  await resetTelemetry();
  await receiver.close();
});

/** The exported span of a name, from whichever process. */
async function exported(name: string): Promise<(typeof receiver.collected.spans)[number]> {
  await resetTelemetry();
  return receiver.collected.span(name);
}

describe("worker threads", () => {
  test("continue the trace by workerData and by postMessage, each with its own current span (27, 65)", async () => {
    const open = (): Worker =>
      new Worker(resolve(apps, "worker.mjs"), {
        workerData: { headers: injectContext({}) },
        execArgv: node,
        env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
      });
    /** Listens from the start: a message without a listener is lost. */
    const use = async (worker: Worker): Promise<string[]> => {
      const [first] = (await once(worker, "message")) as [{ spanId: string }];
      expect(first).toMatchObject({ currentBefore: false });
      worker.postMessage({ headers: injectContext({}) });
      const [second] = (await once(worker, "message")) as [{ spanId: string }];
      worker.postMessage({});
      await once(worker, "exit");
      return [first.spanId, second.spanId];
    };
    const { parentId, ids } = await withSpan("main", async (span) => {
      const used = await Promise.all([use(open()), use(open())]);
      expect(getCurrentSpan()).toBe(span);
      return { parentId: span.spanContext().spanId, ids: used.flat() };
    });
    const main = await exported("main");
    const below = receiver.collected.spans.filter(({ name }) => name.startsWith("by "));
    expect(below.map(({ spanId }) => spanId).sort()).toEqual(ids.sort());
    expect(new Set(ids).size).toBe(4);
    for (const span of below) {
      expect([span.traceId, span.parentSpanId]).toEqual([main.traceId, parentId]);
      expect(span.resource["service.name"]).toBe("worker");
    }
  });
});

describe("child processes", () => {
  test("continue the trace by TRACEPARENT, TRACESTATE and BAGGAGE (25)", async () => {
    const incoming = extractContext({
      traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`,
      tracestate: "foo=1,bar=2",
      baggage: "tenant=a%20b",
    });
    const { stdout } = await runWithContext(incoming, () =>
      withSpan("spawn", () =>
        promisify(execFile)(process.execPath, [...node, resolve(apps, "child.mjs")], {
          env: contextEnvironment({
            PATH: process.env["PATH"],
            OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
            TRACEPARENT: "stale",
          }),
        }),
      ),
    );
    const spawned = await exported("spawn");
    const child = receiver.collected.span("child main");
    expect([child.traceId, child.parentSpanId]).toEqual([TRACE_ID, spawned.spanId]);
    expect(JSON.parse(stdout)).toEqual({
      tenant: "a b",
      headers: {
        traceparent: `00-${TRACE_ID}-${child.spanId}-01`,
        tracestate: "foo=1,bar=2",
        baggage: "tenant=a%20b",
      },
    });
  });
});

describe("messages", () => {
  test("carry all three headers through JSON; a consumer may link instead (26)", async () => {
    const bag = propagation.createBaggage({ order: { value: "o 1, ü" } });
    const message = withSpan("produce", { kind: SpanKind.PRODUCER }, () =>
      context.with(propagation.setBaggage(context.active(), bag), () =>
        JSON.stringify({ body: 1, headers: injectContext({}) }),
      ),
    );
    const { headers } = JSON.parse(message) as { headers: object };
    const extracted = extractContext(headers);
    expect(propagation.getBaggage(extracted)?.getEntry("order")?.value).toBe("o 1, ü");
    runWithContext(extracted, () => {
      withSpan("consume as child", { kind: SpanKind.CONSUMER }, () => {});
      const producer = getCurrentSpan()!.spanContext();
      const links = [{ context: producer }];
      withSpan("consume by link", { root: true, links }, () => {});
    });
    const produced = await exported("produce");
    const { collected } = receiver;
    expect(collected.span("consume as child").parentSpanId).toBe(produced.spanId);
    const linked = collected.span("consume by link");
    expect(linked.parentSpanId).toBeUndefined();
    expect(linked.traceId).not.toBe(produced.traceId);
    expect(linked.links[0]).toMatchObject({ traceId: produced.traceId, spanId: produced.spanId });
  });
});

describe("HTTP", () => {
  /** A server that answers after a span of its own below the caller's. */
  async function openHop(): Promise<{ port: number; close: () => Promise<unknown> }> {
    const server = http.createServer((request, response) => {
      runWithContext(extractContext(request), () =>
        withSpan("server", { kind: SpanKind.SERVER }, () =>
          response.end(JSON.stringify(injectContext({}))),
        ),
      );
    });
    await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
    return {
      port: (server.address() as AddressInfo).port,
      close: () => new Promise((done) => void server.close(done)),
    };
  }

  const call = (port: number): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/`, { headers: injectContext({ "x-mine": "1" }) });

  test("200 hops: the server's span is below the client's and never before it (23, sdk-facts 18)", async () => {
    const hop = await openHop();
    for (let i = 0; i < 200; i++) {
      await withSpan(`client ${i}`, { kind: SpanKind.CLIENT }, async () =>
        (await call(hop.port)).text(),
      );
    }
    await hop.close();
    await resetTelemetry();
    const { spans } = receiver.collected;
    expect(spans).toHaveLength(400);
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const servers = spans.filter(({ name }) => name === "server");
    expect(servers).toHaveLength(200);
    for (const server of servers) {
      const client = byId.get(server.parentSpanId!)!;
      expect(client.traceId).toBe(server.traceId);
      expect(server.startTimeUnixNano).toBeGreaterThanOrEqual(client.startTimeUnixNano);
      expect(server.endTimeUnixNano).toBeLessThanOrEqual(client.endTimeUnixNano);
      expect(server.flags & 0x300).toBe(0x300); // the parent is remote, and that is known
    }
  });

  test.each([
    ["00", 0],
    ["01", 1],
  ])("sampled=%s is respected and sent on (28)", async (flags, exportedCount) => {
    const hop = await openHop();
    const incoming = extractContext({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-${flags}` });
    const sent = await runWithContext(incoming, async () => (await call(hop.port)).json());
    await hop.close();
    await resetTelemetry();
    expect((sent as { traceparent: string }).traceparent).toMatch(
      new RegExp(`^00-${TRACE_ID}-(?!${SPAN_ID})[0-9a-f]{16}-${flags}$`),
    );
    expect(receiver.collected.spans).toHaveLength(exportedCount);
  });

  test("a span of no parent stays alone", async () => {
    startSpan("alone").end();
    expect((await exported("alone")).parentSpanId).toBeUndefined();
  });
});
