import { SpanStatusCode, trace } from "@opentelemetry/api";
import { describe, expect, test, vi } from "vitest";
import {
  addEvent,
  bind,
  contextEnvironment,
  doctor,
  extractContext,
  flush,
  getCurrentSpan,
  injectContext,
  linkSpan,
  recordError,
  runWithContext,
  setAttributes,
  shutdown,
  startSpan,
  startTelemetry,
  traced,
  withSpan,
} from "../index.ts";

function expectSilence(): void {
  const write = vi.spyOn(process.stderr, "write");
  const span = startSpan("a", { attributes: { a: 1 } });
  expect(span.spanContext().traceId).toBe("0".repeat(32));
  expect(span.isRecording()).toBe(false);
  span.setAttribute("a", 1).addEvent("e").setStatus({ code: SpanStatusCode.ERROR }).updateName("n");
  span.recordException("x");
  span.end();
  expect(withSpan("b", (inner) => inner.isRecording())).toBe(false);
  expect(withSpan("b", {}, () => getCurrentSpan())).toBeUndefined();
  expect(withSpan(span, () => 1)).toBe(1);
  expect(traced("c", (x: number) => x + 1)(1)).toBe(2);
  expect(linkSpan(span, span)).toBe(false);
  setAttributes({ a: 1 });
  addEvent("e");
  recordError(new Error("x"));
  expect(injectContext({})).toEqual({});
  expect(contextEnvironment({ PATH: "/bin" })).toEqual({ PATH: "/bin" });
  expect(runWithContext(extractContext({ traceparent: "x" }), () => 3)).toBe(3);
  expect(bind((x: number) => x)(4)).toBe(4);
  expect(getCurrentSpan()).toBeUndefined();
  expect(trace.getTracer("t").startSpan("s").isRecording()).toBe(false);
  expect(write).not.toHaveBeenCalled();
  write.mockRestore();
}

describe("without a start", () => {
  test("every call is a harmless no-op (4)", async () => {
    expectSilence();
    expect(await flush()).toBe(true);
    expect(await shutdown()).toBe(true);
    expect((await doctor()).text).toContain("not started");
  });

  test("and so it is when disabled, by option or by variable (5)", async () => {
    const handle = startTelemetry({ enabled: false });
    expect(handle.status().state).toBe("disabled");
    expectSilence();
    expect(await handle.flush()).toBe(true);
    expect(await handle.shutdown()).toBe(true);

    vi.stubEnv("OTEL_SDK_DISABLED", "true");
    expect(startTelemetry().status().state).toBe("disabled");
    expectSilence();
    vi.unstubAllEnvs();
  });
});
