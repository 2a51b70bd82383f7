import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Span } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestTelemetry } from "../testing/testing.ts";
import type { ReceivedSpan, TestTelemetry } from "../testing/testing.ts";

let telemetry: TestTelemetry;

beforeEach(() => {
  telemetry = startTestTelemetry();
});
afterEach(() => telemetry.stop());

const tracer = trace.getTracer("test", "1.2.3");

/** Records one span and returns it as it was received. */
async function record(work: (span: Span) => void, end = true): Promise<ReceivedSpan> {
  const span = tracer.startSpan("subject");
  work(span);
  if (end) span.end();
  await telemetry.spans();
  return telemetry.collector.span("subject");
}

const durationMs = (span: ReceivedSpan): number =>
  Number(span.endTimeUnixNano - span.startTimeUnixNano) / 1e6;

describe("a recorded span", () => {
  test("lasts as long as its work, in nanoseconds (36)", async () => {
    const span = tracer.startSpan("subject");
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
    span.end();
    const [received] = await telemetry.spans();
    expect(durationMs(received!)).toBeGreaterThanOrEqual(24.5);
    expect(durationMs(received!)).toBeLessThan(2_000);
    expect(received!.endTimeUnixNano % 1_000_000n).not.toBe(0n);
  });

  test("keeps given times of every form (38)", async () => {
    const startMs = Date.UTC(2020, 0, 1) + 7;
    const forms: [unknown, unknown][] = [
      [new Date(startMs), new Date(startMs + 250)],
      [startMs, startMs + 250],
      [
        [startMs / 1_000 - 0.007, 7_000_000],
        [startMs / 1_000 - 0.007, 257_000_000],
      ],
      [BigInt(startMs) * 1_000_000n + 1n, BigInt(startMs + 250) * 1_000_000n + 1n],
    ];
    for (const [start, end] of forms) {
      const span = tracer.startSpan("given", { startTime: start as Date });
      span.end(end as Date);
    }
    const spans = await telemetry.spans();
    expect(spans.map(durationMs)).toEqual([250, 250, 250, 250]);
    for (const { startTimeUnixNano } of spans) {
      expect(startTimeUnixNano / 10n).toBe(BigInt(startMs) * 100_000n);
    }
    expect(spans[3]!.startTimeUnixNano % 10n).toBe(1n);
  });

  test("has no negative duration, whatever it is told (37)", async () => {
    const span = tracer.startSpan("subject", { startTime: 2_000_000_000_000 });
    span.end(1_900_000_000_000);
    tracer.startSpan("future", { startTime: Date.now() + 60_000 }).end();
    const spans = await telemetry.spans();
    expect(spans.map(durationMs)).toEqual([0, 0]);
  });

  test("measures a child of a span with a given start on the real clock", async () => {
    const parent = tracer.startSpan("parent", { startTime: new Date(2020, 1, 1) });
    const before = BigInt(Date.now() - 5) * 1_000_000n;
    const child = tracer.startSpan("child", {}, trace.setSpan(ROOT_CONTEXT, parent));
    child.end();
    parent.end();
    await telemetry.spans();
    expect(telemetry.collector.span("child").startTimeUnixNano).toBeGreaterThan(before);
    expect(telemetry.collector.span("parent").endTimeUnixNano).toBeGreaterThan(before);
  });

  test("ends once; writes after the end are ignored and counted (39)", async () => {
    const received = await record((span) => {
      span.end();
      span.setAttribute("late", 1).addEvent("late").updateName("late");
      span.setStatus({ code: SpanStatusCode.ERROR }).addLink({ context: span.spanContext() });
      span.recordException(new Error("late"));
    });
    expect(received).toMatchObject({ name: "subject", attributes: {}, events: [], links: [] });
    expect(received.status.code).toBe(0);
    const { counters } = telemetry.telemetry.status();
    expect(counters["span.used_after_end"]).toBe(7);
  });

  test("is recording until its end, with valid ids that do not repeat (41)", () => {
    const ids = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      const span = tracer.startSpan("id");
      const { traceId, spanId } = span.spanContext();
      expect(/^[0-9a-f]{32}$/.test(traceId) && /^[0-9a-f]{16}$/.test(spanId)).toBe(true);
      ids.add(traceId).add(spanId);
      if (i > 0) continue;
      expect(span.isRecording()).toBe(true);
      expect(span.spanContext()).toBe(span.spanContext());
      span.end();
      expect(span.isRecording()).toBe(false);
    }
    expect(ids.size).toBe(40_000);
  });

  test("keeps kind, and the later value of an attribute; setters chain (11, 42)", async () => {
    const { INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER } = SpanKind;
    for (const kind of [INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER]) {
      tracer.startSpan(`kind ${kind}`, { kind }).end();
    }
    const received = await record((span) => {
      span.setAttribute("a", 1).setAttributes({ b: "x", a: 2 }).setAttribute("b", "y");
    });
    expect(received.attributes).toEqual({ a: 2, b: "y" });
    const kinds = telemetry.collector.spans.filter(({ name }) => name.startsWith("kind"));
    expect(kinds.map(({ kind }) => kind)).toEqual([1, 2, 3, 4, 5]);
  });

  test("keeps events in order, with their own times and attributes (43)", async () => {
    const time = new Date(2021, 3, 4);
    const received = await record((span) => {
      span.addEvent("first", { k: [1, 2] });
      span.addEvent("second", time);
      span.addEvent("third", { k: true }, time);
    });
    expect(received.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ["first", { k: [1, 2] }],
      ["second", {}],
      ["third", { k: true }],
    ]);
    const [first, second, third] = received.events;
    expect(first!.timeUnixNano).toBeGreaterThanOrEqual(received.startTimeUnixNano);
    expect(second!.timeUnixNano).toBe(BigInt(time.getTime()) * 1_000_000n);
    expect(third!.timeUnixNano).toBe(second!.timeUnixNano);
  });

  test("counts what goes beyond 128 attributes, events and links (44)", async () => {
    const received = await record((span) => {
      for (let i = 0; i < 130; i++) {
        span.setAttribute(`k${i}`, i).addEvent(`e${i}`).addLink({ context: span.spanContext() });
      }
      span.setAttribute("k5", "still replaced");
    });
    expect(Object.keys(received.attributes)).toHaveLength(128);
    expect(received.attributes["k5"]).toBe("still replaced");
    expect(received.events).toHaveLength(128);
    expect(received.links).toHaveLength(128);
    expect(received).toMatchObject({
      droppedAttributesCount: 2,
      droppedEventsCount: 2,
      droppedLinksCount: 2,
    });
  });

  test("copies values: what the app changes later changes nothing (45)", async () => {
    const list = [1, 2];
    const map = { inner: { deep: "a" } };
    const received = await record((span) => {
      span.setAttributes({ list, map });
      list.push(3);
      map.inner.deep = "b";
    });
    expect(received.attributes).toEqual({ list: [1, 2], map: { inner: { deep: "a" } } });
  });

  test("status: OK is final, ERROR may become OK, UNSET never replaces (48)", async () => {
    const { OK, ERROR, UNSET } = SpanStatusCode;
    const cases: [SpanStatusCode[], number][] = [
      [[ERROR, UNSET], 2],
      [[ERROR, OK], 1],
      [[OK, ERROR], 1],
      [[OK, UNSET], 1],
      [[UNSET], 0],
    ];
    for (const [codes] of cases) {
      const span = tracer.startSpan("status");
      for (const code of codes) span.setStatus({ code, message: "m" });
      span.end();
    }
    const spans = await telemetry.spans();
    expect(spans.map(({ status }) => status.code)).toEqual(cases.map(([, code]) => code));
    expect(spans.map(({ status }) => status.message)).toEqual(["m", "", "", "", ""]);
  });

  test("records an exception as an event, without touching the status", async () => {
    const received = await record((span) => span.recordException(new RangeError("too far")));
    expect(received.status.code).toBe(0);
    expect(received.events).toHaveLength(1);
    expect(received.events[0]!.name).toBe("exception");
    expect(received.events[0]!.attributes).toMatchObject({
      "exception.type": "RangeError",
      "exception.message": "too far",
    });
    expect(received.events[0]!.attributes["exception.stacktrace"]).toContain("span.test.ts");
  });

  test("an exception takes further attributes, which win", async () => {
    const received = await record((span) => {
      const ours = span as unknown as { recordException: (...args: unknown[]) => void };
      ours.recordException(new Error("m"), undefined, { "exception.message": "n", extra: 1 });
    });
    expect(received.events[0]!.attributes).toMatchObject({ "exception.message": "n", extra: 1 });
  });

  test("keeps links in order, those of its start first; keys and values may be any Unicode", async () => {
    const contexts = ["a", "b", "c"].map((digit) => ({
      traceId: digit.repeat(32),
      spanId: digit.repeat(16),
      traceFlags: 1,
    }));
    const [a, b, c] = contexts.map((linked) => ({ context: linked }));
    const attributes = { "clé 🔑": "värde 値 🎉", "": "dropped" };
    const span = tracer.startSpan("subject", { links: [a!], attributes });
    span.addLink(b!).addLinks([c!]);
    span.end();
    const [received] = await telemetry.spans();
    expect(received!.links.map(({ spanId }) => spanId[0])).toEqual(["a", "b", "c"]);
    expect(received!.attributes).toEqual({ "clé 🔑": "värde 値 🎉" });
  });

  test("keeps every type of value that OTLP has (12, 13)", async () => {
    const received = await record((span) => {
      span.setAttributes({
        text: "t",
        yes: true,
        int: -3,
        double: 0.5,
        big: 9_007_199_254_740_993n,
        bytes: new Uint8Array([1, 2]),
        mixed: ["a", 1, null, { b: [true] }],
        date: new Date(0),
        url: new URL("https://a.test/"),
        error: new RangeError("r"),
        nothing: undefined,
        none: null,
      });
    });
    expect(received.attributes).toEqual({
      text: "t",
      yes: true,
      int: -3,
      double: 0.5,
      big: 9_007_199_254_740_993n,
      bytes: new Uint8Array([1, 2]),
      mixed: ["a", 1, null, { b: [true] }],
      date: "1970-01-01T00:00:00.000Z",
      url: "https://a.test/",
      error: "RangeError: r",
    });
  });

  test("carries scope, links, flags and parent; a root has no parent id (14, 15)", async () => {
    const remote = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      traceFlags: 1,
      isRemote: true,
    };
    const root = tracer.startSpan("root", { links: [{ context: remote, attributes: { l: 1 } }] });
    const child = tracer.startSpan("child", {}, trace.setSpan(ROOT_CONTEXT, root));
    const ofRemote = tracer.startSpan("of remote", {}, trace.setSpanContext(ROOT_CONTEXT, remote));
    for (const span of [ofRemote, child, root]) span.end();
    await telemetry.spans();
    const { collector } = telemetry;
    expect(collector.span("root").parentSpanId).toBeUndefined();
    expect(collector.span("root").scope).toMatchObject({ name: "test", version: "1.2.3" });
    expect(collector.span("root").links).toEqual([
      {
        traceId: remote.traceId,
        spanId: remote.spanId,
        traceState: "",
        flags: 0x301,
        attributes: { l: 1 },
        droppedAttributesCount: 0,
      },
    ]);
    expect(collector.span("child").parentSpanId).toBe(root.spanContext().spanId);
    expect(collector.span("child").flags).toBe(0x103);
    expect(collector.span("of remote")).toMatchObject({
      traceId: remote.traceId,
      parentSpanId: remote.spanId,
      flags: 0x301,
    });
  });

  test("a parent that has ended is a parent all the same (130)", async () => {
    const parent = tracer.startSpan("parent");
    parent.end();
    tracer.startSpan("child", {}, trace.setSpan(ROOT_CONTEXT, parent)).end();
    await telemetry.spans();
    expect(telemetry.collector.span("child").parentSpanId).toBe(parent.spanContext().spanId);
  });

  test("startActiveSpan makes it current inside and nowhere else", () => {
    const result = tracer.startActiveSpan("active", { kind: SpanKind.CLIENT }, (span) => {
      expect(trace.getActiveSpan()).toBe(span);
      span.end();
      return 7;
    });
    expect(result).toBe(7);
    expect(trace.getActiveSpan()).toBeUndefined();
    expect(trace.getSpan(context.active())).toBeUndefined();
  });

  test("is shown by JSON and inspect as the span it is", () => {
    const span = tracer.startSpan("shown", { attributes: { a: 1 } });
    expect(JSON.parse(JSON.stringify(span))).toMatchObject({ name: "shown", attributes: { a: 1 } });
    span.end();
  });
});

describe("mistakes", () => {
  const throwing = {
    get bad(): never {
      throw new Error("getter");
    },
    good: 1,
  };
  const cyclic: Record<string, unknown> = { name: "c" };
  cyclic["self"] = cyclic;
  const hostile = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("trap");
      },
    },
  );

  test("never throw, never spoil the span, and are counted", async () => {
    const received = await record((span) => {
      const any = span as unknown as Record<string, (...args: unknown[]) => unknown>;
      for (const value of [undefined, null, () => 1, Symbol("s"), hostile]) {
        any["setAttribute"]!("dropped", value);
        any["setAttributes"]!(value);
        any["addEvent"]!("event", value, value);
        any["addLink"]!(value);
        any["addLinks"]!(value);
        any["setStatus"]!(value);
        any["recordException"]!(value);
        any["updateName"]!("subject");
      }
      any["setAttribute"]!("", 1);
      any["setAttribute"]!(7, 1);
      any["setAttributes"]!(throwing);
      any["setAttribute"]!("cyclic", cyclic);
      any["setAttribute"]!("nan", Number.NaN);
      any["setAttribute"]!("frozen", Object.freeze({ a: Object.freeze([1]) }));
      any["end"]!(Number.NaN);
    }, false);
    expect(received.attributes).toMatchObject({ good: 1, nan: Number.NaN, frozen: { a: [1] } });
    expect(received.attributes).not.toHaveProperty("dropped");
    expect(JSON.stringify(received.attributes["cyclic"])).toContain("c");
    const { counters } = telemetry.telemetry.status();
    expect(counters["attribute.unreadable"]).toBeGreaterThan(0);
    expect(counters["attribute.invalid_value"]).toBeGreaterThan(0);
    expect(counters["attribute.invalid_key"]).toBe(2);
    expect(counters["attribute.cut"]).toBeGreaterThan(0);
    expect(counters["time.invalid"]).toBeGreaterThan(0);
  });

  test("a name that is none is replaced (132)", async () => {
    for (const name of ["", undefined, 7, Symbol("x")]) {
      tracer.startSpan(name as string).end();
    }
    const spans = await telemetry.spans();
    expect(spans.map(({ name }) => name)).toEqual(["unnamed", "unnamed", "unnamed", "unnamed"]);
  });

  test("a string of 10 MB is cut, and its neighbours are whole", async () => {
    const received = await record((span) => {
      span.setAttributes({ before: "b", big: "x".repeat(10_000_000), after: "a" });
    });
    expect(received.attributes["big"]).toHaveLength(1_048_576);
    expect(received.attributes).toMatchObject({ before: "b", after: "a" });
  });
});
