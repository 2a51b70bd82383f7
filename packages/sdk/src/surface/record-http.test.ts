import { SpanKind } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { recordError, recordHttp, withSpan } from "../index.ts";
import * as semconv from "../semconv/semconv.ts";
import type { HttpFacts } from "./record-http.ts";
import { startTestTelemetry } from "../testing/testing.ts";
import type { ReceivedSpan, TestTelemetry } from "../testing/testing.ts";

let telemetry: TestTelemetry;
beforeEach(() => {
  telemetry = startTestTelemetry();
});
afterEach(() => telemetry.stop());

async function record(
  kind: SpanKind,
  facts: HttpFacts,
  before?: () => void,
): Promise<ReceivedSpan> {
  telemetry.collector.clear();
  withSpan("http", { kind }, (span) => {
    before?.();
    recordHttp(span, facts);
  });
  const [span] = await telemetry.spans();
  return span!;
}

describe("recordHttp", () => {
  test("sets the attributes of a server's span (17)", async () => {
    const { attributes, status } = await record(SpanKind.SERVER, {
      method: "GET",
      route: "/orders/:id",
      statusCode: 200,
      url: "https://user:pass@shop.test:8443/orders/7?q=1",
    });
    expect(attributes).toEqual({
      "http.request.method": "GET",
      "http.route": "/orders/:id",
      "http.response.status_code": 200,
      "server.address": "shop.test",
      "server.port": 8443,
      "url.scheme": "https",
      "url.path": "/orders/7",
      "url.query": "q=1",
    });
    expect(status.code).toBe(0);
  });

  test("sets the whole address of a client's, without secrets", async () => {
    const { attributes } = await record(SpanKind.CLIENT, {
      method: "post",
      url: new URL("http://u:p@bucket.test/a?Signature=abc&x=1"),
    });
    expect(attributes).toMatchObject({
      "http.request.method": "POST",
      "http.request.method_original": "post",
      "url.full": "http://bucket.test/a?Signature=REDACTED&x=1",
      "server.port": 80,
    });
    const other = await record(SpanKind.CLIENT, { method: "BREW", url: "not absolute" });
    expect(other.attributes).toEqual({
      "http.request.method": "_OTHER",
      "http.request.method_original": "BREW",
    });
  });

  test.each([
    [SpanKind.SERVER, 404, 0],
    [SpanKind.SERVER, 500, 2],
    [SpanKind.CLIENT, 399, 0],
    [SpanKind.CLIENT, 404, 2],
    [SpanKind.CLIENT, 503, 2],
  ])("kind %i, status %i: %i (18)", async (kind, statusCode, expected) => {
    const { attributes, status } = await record(kind, { statusCode });
    expect(status.code).toBe(expected);
    expect(attributes["error.type"]).toBe(expected === 2 ? String(statusCode) : undefined);
  });

  test("an exception says more than a status code", async () => {
    const { attributes } = await record(SpanKind.SERVER, { statusCode: 500 }, () =>
      recordError(new TypeError("x")),
    );
    expect(attributes["error.type"]).toBe("TypeError");
  });
});

describe("semconv", () => {
  test("is a table of constants: a misspelt one does not compile (21)", () => {
    expect(semconv.ATTR_HTTP_ROUTE).toBe("http.route");
    // @ts-expect-error -- no such name
    const misspelt: keyof typeof semconv = "ATTR_HTP_ROUTE";
    expect(misspelt in semconv).toBe(false);
  });
});
