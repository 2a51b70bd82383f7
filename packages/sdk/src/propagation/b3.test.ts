import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { SpanContext } from "@opentelemetry/api";
import { afterEach, describe, expect, test, vi } from "vitest";
import { extractContext, injectContext, runWithContext, withSpan } from "../index.ts";
import { startTestTelemetry } from "../testing/testing.ts";
import type { TestTelemetry } from "../testing/testing.ts";
import { CARRIERS } from "./suite/carriers.ts";
import { B3Propagator } from "./b3.ts";

const T = "80f198ee56343ba864fe8b2a57d3eff7";
const P = "e457b5a2e4d86bd1";
let telemetry: TestTelemetry | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await telemetry?.stop();
  telemetry = undefined;
});

async function start(propagators: string): Promise<void> {
  await telemetry?.stop();
  vi.stubEnv("OTEL_PROPAGATORS", propagators);
  telemetry = startTestTelemetry();
}

const found = (headers: object): SpanContext | undefined =>
  trace.getSpanContext(extractContext(headers));

describe("B3 that counts", () => {
  const single = (value: string): Record<string, string> => ({ b3: value });
  const multi = (rest: object, traceId = T, spanId = P): object => ({
    "X-B3-TraceId": traceId,
    "X-B3-SpanId": spanId,
    ...rest,
  });
  test.each([
    ["one header, sampled", single(`${T}-${P}-1`), 1, T],
    ["one header, not sampled", single(`${T}-${P}-0`), 0, T],
    ["one header, debug", single(`${T}-${P}-d`), 1, T],
    ["one header, deferred", single(`${T}-${P}`), 0, T],
    ["one header with a parent", single(`${T}-${P}-1-05e3ac9a4f6e3b90`), 1, T],
    ["one header of 64 bits", single(`${P}-${P}-1`), 1, P.padStart(32, "0")],
    ["one header in upper case", { B3: `${T}-${P}-1`.toUpperCase() }, 1, T],
    ["many headers, sampled", multi({ "X-B3-Sampled": "1" }), 1, T],
    ["many headers, not sampled", multi({ "X-B3-Sampled": "0" }), 0, T],
    ["many headers, true", multi({ "x-b3-sampled": "true" }), 1, T],
    ["many headers, debug", multi({ "x-b3-flags": "1" }), 1, T],
    ["many headers, deferred", multi({}), 0, T],
    ["many headers of 64 bits", multi({ "x-b3-sampled": "1" }, P), 1, P.padStart(32, "0")],
    ["one header before many", { ...multi({ "x-b3-sampled": "0" }), b3: `${T}-${P}-1` }, 1, T],
    ["many where the one is wrong", { ...multi({ "x-b3-sampled": "1" }), b3: "wrong" }, 1, T],
  ])("%s", async (_, headers, traceFlags, traceId) => {
    for (const name of ["b3", "b3multi"]) {
      await start(name);
      expect(found(headers)).toEqual({ traceId, spanId: P, traceFlags, isRemote: true });
    }
  });
});

describe("B3 that counts as none", () => {
  test.each([
    ["absent", {}],
    ["only a state", { b3: "0" }],
    ["trace id 0", { b3: `${"0".repeat(32)}-${P}-1` }],
    ["span id 0", { b3: `${T}-${"0".repeat(16)}-1` }],
    ["a trace id of 31", { b3: `${T.slice(1)}-${P}-1` }],
    ["a span id of 15", { b3: `${T}-${P.slice(1)}-1` }],
    ["a bad state", { b3: `${T}-${P}-2` }],
    ["twice", { b3: [`${T}-${P}-1`, `${T}-${P}-1`] }],
    ["no span id", { "x-b3-traceid": T }],
    ["a bad trace id", { "x-b3-traceid": "x", "x-b3-spanid": P }],
    ["span id 0 in many", { "x-b3-traceid": T, "x-b3-spanid": "0".repeat(16) }],
    ["64 KB", { b3: "a".repeat(65_536) }],
  ])("%s", async (_, headers) => {
    await start("b3");
    expect(found(headers)).toBeUndefined();
  });
});

describe("by name", () => {
  const sentBelow = (headers: object): { sent: Record<string, string>; spanId: string } =>
    runWithContext(extractContext(headers), () =>
      withSpan("middle", (span) => ({
        sent: injectContext<Record<string, string>>({}),
        spanId: span.spanContext().spanId,
      })),
    );

  test("b3 writes one header, b3multi three", async () => {
    await start("b3");
    const one = sentBelow({ b3: `${T}-${P}-1` });
    expect(one.sent).toEqual({ b3: `${T}-${one.spanId}-1` });
    await start("b3multi");
    const many = sentBelow({ b3: `${T}-${P}-0` });
    expect(many.sent).toEqual({
      "x-b3-traceid": T,
      "x-b3-spanid": expect.stringMatching(/^[0-9a-f]{16}$/),
      "x-b3-sampled": "0",
    });
  });

  test("with tracecontext both are written, and the last one that is found wins", async () => {
    await start("b3,tracecontext");
    const { sent } = sentBelow({ b3: `${T}-${P}-1`, traceparent: `00-${"1".repeat(32)}-${P}-01` });
    expect(Object.keys(sent).sort()).toEqual(["b3", "traceparent"]);
    expect(sent["traceparent"]).toContain("1".repeat(32));
    expect(sentBelow({ b3: `${T}-${P}-1` }).sent["traceparent"]).toContain(T);
  });

  test.each(CARRIERS)("is read from and written to $name", async ({ fill }) => {
    await start("b3multi");
    const context = extractContext({ b3: `${T}-${P}-1` });
    const carrier = injectContext(fill([["x-b3-traceid", "stale"]])!, context);
    expect(found(carrier)).toMatchObject({ traceId: T, spanId: P, traceFlags: 1 });
  });
});

describe("B3Propagator", () => {
  test("writes nothing without a valid span, and refuses an unknown encoding", () => {
    const carrier = {};
    new B3Propagator().inject(ROOT_CONTEXT, carrier, { set: () => expect.unreachable() });
    expect(new B3Propagator().fields()).toEqual(["b3"]);
    expect(new B3Propagator({ encoding: "multi" }).fields()).toContain("x-b3-sampled");
    expect(() => new B3Propagator({ encoding: "x" as never })).toThrow(
      'Cannot create B3Propagator: encoding must be "single" or "multi", current value is "x"',
    );
  });
});
