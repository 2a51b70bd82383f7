import { propagation, ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  addEvent,
  getCurrentSpan,
  linkSpan,
  Metrics,
  recordError,
  setAttributes,
  startSpan,
  startTelemetry,
  TraceContext,
  withSpan,
} from "../index.ts";
import type { ParentInput } from "../index.ts";
import { startTestTelemetry } from "../testing/testing.ts";
import type { TestTelemetry } from "../testing/testing.ts";

let telemetry: TestTelemetry;

beforeEach(() => {
  telemetry = startTestTelemetry();
});
afterEach(() => telemetry.stop());

const later = (ms = 1): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

describe("startSpan", () => {
  test("takes the current span as parent and does not become current (130, 131)", () => {
    withSpan("outer", (outer) => {
      const span = startSpan("a");
      expect(getCurrentSpan()).toBe(outer);
      expect(span.spanContext().traceId).toBe(outer.spanContext().traceId);
      span.end();
    });
  });

  test("tells a Span, a SpanContext, a Context, null and options apart", async () => {
    const parent = startSpan("parent");
    const shapes: [string, ParentInput][] = [
      ["span", parent],
      ["span context", { ...parent.spanContext() }],
      ["context", trace.setSpan(ROOT_CONTEXT, parent)],
    ];
    withSpan("other", () => {
      for (const [name, shape] of shapes) startSpan(name, shape).end();
      startSpan("options", { parent, kind: SpanKind.SERVER, attributes: { a: 1 } }).end();
      startSpan("null", null).end();
      startSpan("root", { root: true }).end();
      startSpan("null parent", { parent: null }).end();
    });
    parent.end();
    await telemetry.spans();
    const { collector } = telemetry;
    for (const name of ["span", "span context", "context", "options"]) {
      expect(collector.span(name).parentSpanId, name).toBe(parent.spanContext().spanId);
    }
    expect(collector.span("options")).toMatchObject({ kind: 2, attributes: { a: 1 } });
    for (const name of ["null", "root", "null parent"]) {
      expect(collector.span(name).parentSpanId, name).toBeUndefined();
    }
  });

  test("ends with its block under `using`", async () => {
    {
      using span = startSpan("scoped");
      expect(span.isRecording()).toBe(true);
    }
    const [span] = await telemetry.spans();
    expect(span!.name).toBe("scoped");
  });

  test("of something that throws when looked at, returns a span that records nothing", () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("trap");
        },
      },
    );
    expect(startSpan("x", hostile).isRecording()).toBe(false);
  });
});

describe("withSpan", () => {
  test("returns the value of a function at once, and leaves the status unset (48)", async () => {
    expect(withSpan("sync", () => 7)).toBe(7);
    expect(getCurrentSpan()).toBeUndefined();
    const [span] = await telemetry.spans();
    expect(span!.status.code).toBe(0);
  });

  test("ends when the promise settles, not when the function returns (47)", async () => {
    const promise = withSpan("async", async () => {
      await later();
      return "done";
    });
    expect(await telemetry.spans()).toHaveLength(0);
    expect(await promise).toBe("done");
    expect(await telemetry.spans()).toHaveLength(1);
  });

  test("a thrown error: ERROR, its message, one exception event, the same object passes up (46, 31)", async () => {
    const error = Object.assign(new TypeError("no file"), { code: "ENOENT" });
    const caught: unknown[] = [];
    withSpan("handles", () => {
      try {
        withSpan("passes on", () =>
          withSpan("fails", () => {
            throw error;
          }),
        );
      } catch (thrown) {
        caught.push(thrown);
      }
    });
    expect(caught[0]).toBe(error);
    await telemetry.spans();
    for (const name of ["fails", "passes on"]) {
      const span = telemetry.collector.span(name);
      expect(span.status).toEqual({ code: 2, message: "no file" });
      expect(span.attributes).toMatchObject({ "error.type": "TypeError", "error.code": "ENOENT" });
      expect(span.events.map((event) => event.name)).toEqual(["exception"]);
    }
    expect(telemetry.collector.span("handles").status.code).toBe(0);
  });

  test("a rejected promise does the same", async () => {
    const error = new Error("late");
    await expect(
      withSpan("rejects", async () => {
        await later();
        throw error;
      }),
    ).rejects.toBe(error);
    const [span] = await telemetry.spans();
    expect(span!.status).toEqual({ code: 2, message: "late" });
    expect(span!.events).toHaveLength(1);
  });

  test("an error that was recorded inside is not recorded again", async () => {
    expect(() =>
      withSpan("once", () => {
        const error = new Error("known");
        recordError(error);
        throw error;
      }),
    ).toThrow("known");
    const [span] = await telemetry.spans();
    expect(span!.events).toHaveLength(1);
  });

  test("whatever is thrown is recorded without a second failure (49)", async () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("trap");
        },
      },
    );
    const thrown: unknown[] = ["text", undefined, null, 7, Object.freeze(new Error("f")), hostile];
    for (const value of thrown) {
      let caught: unknown = "nothing";
      try {
        withSpan("throws", () => {
          throw value;
        });
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(value);
    }
    const spans = await telemetry.spans();
    expect(spans.map(({ status }) => status.code)).toEqual(thrown.map(() => 2));
    expect(spans.map(({ events }) => events.length)).toEqual(thrown.map(() => 1));
    expect(spans[0]!.status.message).toBe("text");
  });

  test("options choose the status of success and of cancellation (48, 50)", async () => {
    withSpan("ok", { statusOnSuccess: "ok" }, () => {});
    const abort = AbortSignal.abort().reason as Error;
    const cancel = (): never => {
      throw abort;
    };
    expect(() => withSpan("abort is an error", cancel)).toThrow(abort);
    expect(() => withSpan("abort is fine", { statusOnAbort: "unset" }, cancel)).toThrow(abort);
    await telemetry.spans();
    expect(telemetry.collector.span("ok").status.code).toBe(1);
    expect(telemetry.collector.span("abort is an error").status.code).toBe(2);
    expect(telemetry.collector.span("abort is fine")).toMatchObject({
      status: { code: 0 },
      events: [],
    });
  });

  test("a Context as parent brings its baggage along", () => {
    const baggage = propagation.createBaggage({ tenant: { value: "a" } });
    const parent = propagation.setBaggage(ROOT_CONTEXT, baggage);
    withSpan("with baggage", { parent }, () => {
      expect(propagation.getActiveBaggage()?.getEntry("tenant")?.value).toBe("a");
    });
    expect(propagation.getActiveBaggage()).toBeUndefined();
  });

  test("makes a given span current and leaves its end to its owner", async () => {
    const span = startSpan("mine");
    expect(withSpan(span, (same) => same === span && getCurrentSpan() === span)).toBe(true);
    expect(span.isRecording()).toBe(true);
    span.end();
  });

  test("a span ended by hand inside is ended once", async () => {
    withSpan("by hand", (span) => span.end());
    expect(await telemetry.spans()).toHaveLength(1);
    expect(telemetry.telemetry.status().counters["span.used_after_end"]).toBeUndefined();
  });

  test("leaves a thenable that is no promise alone", () => {
    let asked = 0;
    // oxlint-disable-next-line unicorn/no-thenable -- what query builders return
    const query = { then: () => void asked++ };
    expect(withSpan("lazy", () => query)).toBe(query);
    expect(asked).toBe(0);
  });
});

describe("the current span", () => {
  test("is the same object inside one scope, the innermost of several, and never a placeholder (137)", () => {
    expect(getCurrentSpan()).toBeUndefined();
    withSpan("outer", (outer) => {
      expect(getCurrentSpan()).toBe(outer);
      withSpan("inner", (inner) => expect(getCurrentSpan()).toBe(inner));
      expect(getCurrentSpan()).toBe(outer);
    });
    expect(getCurrentSpan()).toBeUndefined();
  });

  test("is written by setAttributes, addEvent and recordError", async () => {
    withSpan("subject", () => {
      setAttributes({ a: 1 });
      addEvent("seen", { b: 2 });
      recordError(new Error("handled"));
    });
    setAttributes({ nobody: 1 });
    addEvent("nobody");
    recordError("nobody");
    const [span] = await telemetry.spans();
    expect(span!.attributes).toMatchObject({ a: 1, "error.type": "Error" });
    expect(span!.events.map(({ name }) => name)).toEqual(["seen", "exception"]);
    expect(span!.status).toEqual({ code: 2, message: "handled" });
  });
});

describe("linkSpan", () => {
  test("links across traces, to spans and contexts, ended or not; not from an ended span (136)", async () => {
    const target = startSpan("target", null);
    const span = startSpan("subject", null);
    expect(linkSpan(span, target, { why: "cause" })).toBe(true);
    target.end();
    expect(linkSpan(span, target.spanContext())).toBe(true);
    expect(linkSpan(span, { traceId: "0", spanId: "0", traceFlags: 0 })).toBe(false);
    span.end();
    expect(linkSpan(span, target)).toBe(false);
    await telemetry.spans();
    const { links } = telemetry.collector.span("subject");
    expect(links.map(({ spanId }) => spanId)).toEqual([
      target.spanContext().spanId,
      target.spanContext().spanId,
    ]);
    expect(links[0]!.attributes).toEqual({ why: "cause" });
  });

  test("says no where the limit is reached", () => {
    const target = startSpan("target");
    const span = startSpan("many");
    const results = Array.from({ length: 129 }, () => linkSpan(span, target));
    expect(results.indexOf(false)).toBe(128);
  });
});

describe("the groups", () => {
  test("carry the names of the specification (143)", () => {
    expect(Object.keys(TraceContext)).toEqual(
      expect.arrayContaining(["startSpan", "traced", "linkSpan", "getCurrentSpan"]),
    );
    expect(Object.keys(Metrics)).toEqual(
      expect.arrayContaining(["createCounter", "createGauge", "createHistogram", "recordMetric"]),
    );
    expect(TraceContext.startSpan).toBe(startSpan);
  });
});

describe("a second start", () => {
  test("returns the first handle, and says so (3)", () => {
    expect(startTelemetry({ serviceName: "other" })).toBe(telemetry.telemetry);
    expect(telemetry.telemetry.status().counters["start.repeated"]).toBe(1);
  });
});
