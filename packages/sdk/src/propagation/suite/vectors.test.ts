// Every vector in every carrier, as a service in the middle sees it: extract, start a span, inject. And every
// vector as bytes on a socket of a real HTTP server. (52 to 57, 144)

import http from "node:http";
import net from "node:net";
import type { AddressInfo } from "node:net";
import { context, SpanKind, trace } from "@opentelemetry/api";
import type { Context, Span } from "@opentelemetry/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { extractContext, injectContext, runWithContext, startSpan } from "../../index.ts";
import { startTestTelemetry } from "../../testing/testing.ts";
import type { TestTelemetry } from "../../testing/testing.ts";
import { CARRIERS } from "./carriers.ts";
import { TRACE_ID, VECTORS } from "./vectors.ts";
import type { Line, Vector } from "./vectors.ts";

let telemetry: TestTelemetry;
beforeAll(() => {
  telemetry = startTestTelemetry();
});
afterAll(() => telemetry.stop());

/** What a service in the middle sends on for three calls. */
function relay(carrier: object): Record<string, string>[] {
  return runWithContext(extractContext(carrier), () =>
    [1, 2, 3].map(() => {
      const span = startSpan("call", { kind: SpanKind.CLIENT });
      const headers = injectContext<Record<string, string>>({}, contextOf(span));
      span.end();
      return headers;
    }),
  );
}

const contextOf = (span: Span): Context => trace.setSpan(context.active(), span);

function expectRelayed(carrier: object, { relayed }: Vector): void {
  const sent = relay(carrier);
  const parents = sent.map(({ traceparent }) => traceparent!.split("-"));
  expect(new Set(parents.map(([, , spanId]) => spanId)).size).toBe(3);
  for (const headers of sent)
    expect(headers["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/);
  if (relayed === undefined) {
    expect(parents[0]![1]).not.toBe(TRACE_ID);
    expect(sent[0]).not.toHaveProperty("tracestate");
    return;
  }
  for (const [, traceId, , flags] of parents) {
    expect([traceId, flags]).toEqual([TRACE_ID, `0${relayed.flags}`]);
  }
  for (const headers of sent) expect(headers["tracestate"]).toBe(relayed.tracestate);
}

describe.each(CARRIERS)("$name", ({ fill }) => {
  test.each(VECTORS)("$name", (vector) => {
    const carrier = fill(vector.lines);
    if (carrier === undefined) {
      // Bytes cannot stand for two headers, gRPC does not send a tab; nothing else refuses a vector.
      const isTwice = new Set(vector.lines.map(([name]) => name)).size < vector.lines.length;
      expect(isTwice || vector.lines.some(([, value]) => value.includes("\t"))).toBe(true);
      return;
    }
    expectRelayed(carrier, vector);
  });
});

describe("an IncomingMessage of node:http", () => {
  let server: http.Server;
  let received: http.IncomingMessage | undefined;
  beforeAll(async () => {
    server = http.createServer({ maxHeaderSize: 131_072 }, (incoming, response) => {
      received = incoming;
      response.setHeader("connection", "close");
      response.end();
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => new Promise((resolve) => void server.close(resolve)));

  /** Sends exactly these lines. */
  async function receive(lines: readonly Line[]): Promise<http.IncomingMessage> {
    received = undefined;
    const head = [
      "GET / HTTP/1.1",
      "host: x",
      ...lines.map(([name, value]) => `${name}: ${value}`),
    ];
    const socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.end(`${head.join("\r\n")}\r\n\r\n`);
    for await (const _ of socket);
    expect(received).toBeDefined();
    return received!;
  }

  test.each(VECTORS)("$name", async (vector) => {
    const incoming = await receive(vector.lines);
    expectRelayed(incoming, vector);
    expectRelayed(incoming.headers, vector);
    expectRelayed(incoming.rawHeaders, vector);
  });
});
