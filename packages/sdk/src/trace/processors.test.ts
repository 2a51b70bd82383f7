// Processors, exporters, samplers and id generators that were written for OpenTelemetry JS.

import {
  createTraceState,
  ROOT_CONTEXT,
  SamplingDecision,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startSpan, withSpan } from "../index.ts";
import type { ReadableSpan, SpanExporter, SpanProcessor } from "../index.ts";
import { countingIds, startTestTelemetry } from "../testing/testing.ts";
import type { TestTelemetry, TestTelemetryOptions } from "../testing/testing.ts";

let telemetry: TestTelemetry;
afterEach(() => telemetry.stop());

function start(options: TestTelemetryOptions): TestTelemetry {
  telemetry = startTestTelemetry(options);
  return telemetry;
}

function processor(hooks: Partial<SpanProcessor>): SpanProcessor {
  return {
    onStart: () => {},
    onEnd: () => {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
    ...hooks,
  };
}

describe("span processors", () => {
  test("are called once each, in order: onStart, onEnding, freeze, onEnd (51)", async () => {
    const calls: string[] = [];
    const named = (name: string): SpanProcessor =>
      processor({
        onStart: (span, context) => {
          calls.push(`${name} start ${span.isRecording()} ${trace.getSpan(context) === undefined}`);
          span.setAttribute(`${name}.start`, true);
        },
        onEnding: (span) => {
          calls.push(`${name} ending ${span.isRecording()}`);
          span.setAttribute(`${name}.ending`, true);
        },
        onEnd: (span) => calls.push(`${name} end ${span.ended}`),
      });
    start({ spanProcessors: [named("a"), named("b")] });
    startSpan("subject").end();
    expect(calls).toEqual([
      "a start true true",
      "b start true true",
      "a ending true",
      "b ending true",
      "a end true",
      "b end true",
    ]);
    const [span] = await telemetry.spans();
    expect(Object.keys(span!.attributes)).toEqual(["a.start", "b.start", "a.ending", "b.ending"]);
  });

  test("get the context of the parent in onStart", () => {
    const parents: unknown[] = [];
    start({
      spanProcessors: [
        processor({ onStart: (_span, context) => parents.push(trace.getSpan(context)) }),
      ],
    });
    const outer = withSpan("outer", (span) => {
      startSpan("inner").end();
      return span;
    });
    trace.getTracer("t").startSpan("explicit", {}, trace.setSpan(ROOT_CONTEXT, outer)).end();
    expect(parents).toEqual([undefined, outer, outer]);
  });

  test("one that throws harms neither the app nor the others", async () => {
    const ended: string[] = [];
    const broken = processor({
      onStart: () => {
        throw new Error("start");
      },
      onEnd: () => {
        throw new Error("end");
      },
      forceFlush: () => Promise.reject(new Error("flush")),
    });
    start({ spanProcessors: [broken, processor({ onEnd: ({ name }) => ended.push(name) })] });
    expect(withSpan("fine", () => 1)).toBe(1);
    expect(ended).toEqual(["fine"]);
    expect(await telemetry.spans()).toHaveLength(1);
    const { counters } = telemetry.telemetry.status();
    expect(counters["span_processor.onStart.failed"]).toBe(1);
    expect(counters["span_processor.onEnd.failed"]).toBe(1);
    expect(await telemetry.telemetry.flush()).toBe(false);
  });

  test("what one changes in the objects of a span is what is sent", async () => {
    start({
      spanProcessors: [
        processor({
          onEnd: (span) => {
            delete span.attributes["user.email"];
            span.attributes["added"] = 1;
            span.events[0]!.attributes!["secretish"] = "removed";
            span.links.pop();
          },
        }),
      ],
    });
    const span = startSpan("subject", { attributes: { "user.email": "a@b.c", kept: true } });
    span.addEvent("event", { secretish: "x" });
    span.addLink({ context: span.spanContext() });
    span.end();
    const [received] = await telemetry.spans();
    expect(received!.attributes).toEqual({ kept: true, added: 1 });
    expect(received!.events[0]!.attributes).toEqual({ secretish: "removed" });
    expect(received!.links).toEqual([]);
  });

  test("see ordinary objects that stay the same, also in a copy by spread", () => {
    const held: ReadableSpan[] = [];
    start({ spanProcessors: [processor({ onEnd: (span) => held.push({ ...span }) })] });
    const parent = startSpan("parent");
    const span = startSpan("subject", { parent, attributes: { a: 1 } });
    span.addEvent("e", { b: 2 });
    span.setStatus({ code: SpanStatusCode.ERROR, message: "m" });
    span.end();
    const [copy] = held;
    expect(copy!.name).toBe("subject");
    expect(copy!.attributes).toEqual({ a: 1 });
    expect(copy!.attributes).toBe((span as unknown as ReadableSpan).attributes);
    expect(copy!.events[0]).toMatchObject({ name: "e", attributes: { b: 2 } });
    expect(copy!.status).toEqual({ code: 2, message: "m" });
    expect(copy!.parentSpanContext).toEqual(parent.spanContext());
    expect(copy!.spanContext()).toBe(span.spanContext());
    expect(copy!.resource.attributes["telemetry.sdk.name"]).toBe("telemetry");
    expect(copy!.instrumentationScope.name).toBe("telemetry");
    const ns = ([seconds, rest]: readonly [number, number]): number => seconds * 1e9 + rest;
    expect(ns(copy!.endTime) - ns(copy!.startTime)).toBeCloseTo(ns(copy!.duration), -3);
    expect(() => JSON.stringify(copy)).not.toThrow();
  });

  test("writes after somebody looked are seen by those who looked", () => {
    const views: ReadableSpan[] = [];
    start({
      spanProcessors: [processor({ onStart: (span) => views.push({ ...span }) })],
    });
    const span = startSpan("subject");
    span.setAttribute("later", 1).addEvent("later").addLink({ context: span.spanContext() });
    expect(views[0]!.attributes).toEqual({ later: 1 });
    expect([views[0]!.events.length, views[0]!.links.length]).toEqual([1, 1]);
    expect(views[0]!.ended).toBe(false);
    expect(views[0]!.duration).toEqual([0, 0]);
    span.end();
  });
});

describe("span exporters", () => {
  class MemoryExporter implements SpanExporter {
    readonly batches: string[][] = [];
    isShutDown = false;
    export(spans: ReadableSpan[], done: (result: { code: number }) => void): void {
      this.batches.push(spans.map(({ name }) => name));
      done({ code: 0 });
    }
    shutdown(): Promise<void> {
      this.isShutDown = true;
      return Promise.resolve();
    }
  }

  test("get sampled spans in batches, beside the OTLP export (85, 159)", async () => {
    const exporter = new MemoryExporter();
    start({ spanExporters: [exporter], batch: { size: 2, delayMs: 60_000 } });
    for (const name of ["a", "b", "c"]) startSpan(name).end();
    await telemetry.telemetry.flush();
    expect(exporter.batches).toEqual([["a", "b"], ["c"]]);
    expect(telemetry.collector.spans).toHaveLength(3);
    await telemetry.telemetry.shutdown();
    expect(exporter.isShutDown).toBe(true);
  });

  test("one that throws, rejects or fails costs its batch, and is called again (81)", async () => {
    const ways: (() => unknown)[] = [
      () => {
        throw new Error("sync");
      },
      () => Promise.reject(new Error("async")),
    ];
    const good: string[] = [];
    const exporter: SpanExporter = {
      export: (spans, done) => {
        const way = ways.shift();
        if (way !== undefined) return way() as void;
        if (spans[0]!.name === "c") return done({ code: 1, error: new Error("failed") });
        good.push(...spans.map(({ name }) => name));
        done({ code: 0 });
      },
      shutdown: () => Promise.resolve(),
    };
    start({ spanExporters: [exporter] });
    for (const name of ["a", "b", "c", "d"]) {
      startSpan(name).end();
      await telemetry.telemetry.flush();
    }
    expect(good).toEqual(["d"]);
    expect(telemetry.telemetry.status().counters["span_exporter.dropped"]).toBe(3);
    expect(telemetry.collector.spans).toHaveLength(4);
  });

  test("one that never answers has a bounded queue of its own", async () => {
    const exporter: SpanExporter = { export: () => {}, shutdown: () => Promise.resolve() };
    start({ spanExporters: [exporter], batch: { size: 5, queueSize: 10, delayMs: 60_000 } });
    for (let i = 0; i < 40; i++) startSpan("s").end();
    await vi.waitFor(() => {
      expect(telemetry.telemetry.status().counters["span_exporter.dropped"]).toBe(25);
    });
  });
});

describe("samplers", () => {
  test("an app's sampler decides, adds attributes, and is asked with the parent's context", async () => {
    const asked: string[] = [];
    start({
      sampler: {
        shouldSample: (context, traceId, name, kind, attributes) => {
          asked.push(
            `${name} ${kind} ${String(attributes["a"])} ${trace.getSpan(context) !== undefined}`,
          );
          expect(traceId).toMatch(/^[0-9a-f]{32}$/);
          const decision =
            name === "drop"
              ? SamplingDecision.NOT_RECORD
              : name === "record"
                ? SamplingDecision.RECORD
                : SamplingDecision.RECORD_AND_SAMPLED;
          return { decision, attributes: { sampler: true } };
        },
        toString: () => "TestSampler",
      },
    });
    const kept = startSpan("keep", { attributes: { a: 1 } });
    const dropped = startSpan("drop", { parent: kept });
    const recorded = startSpan("record", null);
    expect([kept, dropped, recorded].map((span) => span.isRecording())).toEqual([
      true,
      false,
      true,
    ]);
    expect(dropped.spanContext()).toMatchObject({
      traceId: kept.spanContext().traceId,
      traceFlags: 2,
    });
    for (const span of [kept, dropped, recorded]) span.end();
    const spans = await telemetry.spans();
    expect(spans.map(({ name, attributes }) => [name, attributes])).toEqual([
      ["keep", { sampler: true, a: 1 }],
    ]);
    expect(asked).toEqual(["keep 0 1 false", "drop 0 undefined true", "record 0 undefined false"]);
  });

  test("one may change the tracestate", async () => {
    start({
      sampler: {
        shouldSample: () => ({
          decision: SamplingDecision.RECORD_AND_SAMPLED,
          traceState: createTraceState("vendor=1"),
        }),
        toString: () => "Stateful",
      },
    });
    startSpan("x").end();
    const [span] = await telemetry.spans();
    expect(span!.traceState).toBe("vendor=1");
  });

  test("one that throws records, and says so", () => {
    start({
      sampler: {
        shouldSample: () => {
          throw new Error("sampler");
        },
        toString: () => "Broken",
      },
    });
    expect(startSpan("x").isRecording()).toBe(true);
    expect(telemetry.telemetry.status().counters["sampler.failed"]).toBe(1);
  });

  test("a share is the same decision everywhere, and about the share (152)", async () => {
    start({ sampler: 0.1, batch: { queueSize: 20_000 } });
    let sampled = 0;
    for (let i = 0; i < 20_000; i++) {
      const span = startSpan("root", null);
      if (span.isRecording()) sampled++;
      span.end();
    }
    expect(sampled / 20_000).toBeGreaterThan(0.09);
    expect(sampled / 20_000).toBeLessThan(0.11);
    const [span] = await telemetry.spans();
    expect(span!.traceState).toBe("ot=th:e6666666666668");
    for (const { traceId } of telemetry.collector.spans) {
      expect(BigInt(`0x${traceId.slice(18)}`)).toBeGreaterThanOrEqual(0xe6666666666668n);
    }
  });

  test("children follow their parent, also a remote one that is not sampled (28)", async () => {
    start({});
    const remote = { traceId: "a".repeat(32), spanId: "b".repeat(16), isRemote: true };
    const unsampled = startSpan("no", { ...remote, traceFlags: 0 });
    const child = startSpan("no child", unsampled);
    expect([unsampled, child].map((span) => span.isRecording())).toEqual([false, false]);
    expect(child.spanContext()).toMatchObject({ traceId: remote.traceId, traceFlags: 0 });
    expect(child.spanContext().spanId).not.toBe(unsampled.spanContext().spanId);
    unsampled.end();
    startSpan("yes", { ...remote, traceFlags: 1 }).end();
    const spans = await telemetry.spans();
    expect(spans.map(({ name, flags }) => [name, flags])).toEqual([["yes", 0x301]]);
  });

  test("OTEL_TRACES_SAMPLER and its argument choose one", async () => {
    const outcomes: Record<string, boolean> = {};
    for (const [sampler, argument] of [
      ["always_off", ""],
      ["always_on", ""],
      ["parentbased_always_off", ""],
      ["traceidratio", "0"],
      ["parentbased_traceidratio", "1"],
      ["traceidratio", "7"],
      ["unknown", ""],
    ] as const) {
      vi.stubEnv("OTEL_TRACES_SAMPLER", sampler);
      vi.stubEnv("OTEL_TRACES_SAMPLER_ARG", argument);
      const started = start({});
      outcomes[`${sampler} ${argument}`] = startSpan("x").isRecording();
      await started.stop();
      vi.unstubAllEnvs();
    }
    expect(outcomes).toEqual({
      "always_off ": false,
      "always_on ": true,
      "parentbased_always_off ": false,
      "traceidratio 0": false,
      "parentbased_traceidratio 1": true,
      "traceidratio 7": true,
      "unknown ": true,
    });
  });
});

describe("id generators", () => {
  test("an app's ids are used; a wrong one is replaced and said", async () => {
    start({ idGenerator: countingIds() });
    const root = startSpan("root");
    const child = startSpan("child", root);
    expect(root.spanContext()).toMatchObject({
      traceId: "1".padStart(32, "0"),
      spanId: "1".padStart(16, "0"),
      traceFlags: 1,
    });
    expect(child.spanContext()).toMatchObject({
      traceId: root.spanContext().traceId,
      spanId: "2".padStart(16, "0"),
    });
    await telemetry.stop();
    start({ idGenerator: { generateSpanId: () => "xyz", generateTraceId: () => "1" } });
    expect(startSpan("x").spanContext().spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(telemetry.telemetry.status().counters["id_generator.failed"]).toBe(1);
  });
});

describe("tracers", () => {
  test("have scope attributes and schema URL, are kept by them, and are bounded", async () => {
    start({});
    const { running } = (await import("../state/state.ts")).shared;
    const provider = running!.tracerProvider;
    const options = { schemaUrl: "https://s", attributes: { team: "a" } };
    const tracer = provider.getTracer("lib", "1", options);
    expect(provider.getTracer("lib", "1", options)).toBe(tracer);
    expect(provider.getTracer("lib", "1")).not.toBe(tracer);
    expect(tracer.enabled()).toBe(true);
    tracer.startSpan("s", {}, ROOT_CONTEXT).end();
    const [span] = await telemetry.spans();
    expect(span!.scope).toEqual({
      name: "lib",
      version: "1",
      schemaUrl: "https://s",
      attributes: { team: "a" },
    });
    for (let i = 0; i < 1_100; i++) provider.getTracer(`made from data ${i}`);
    expect(provider.getTracer("one more")).toBe(provider.getTracer("and another"));
    expect(telemetry.telemetry.status().counters["tracer.too_many"]).toBeGreaterThan(0);
  });

  test("taken before a stop record again after the next start", async () => {
    start({});
    const tracer = trace.getTracer("held");
    await telemetry.stop();
    expect(tracer.startSpan("between").isRecording()).toBe(false);
    start({});
    tracer.startSpan("after").end();
    const spans = await telemetry.spans();
    expect(spans.map(({ name }) => name)).toEqual(["after"]);
  });
});
