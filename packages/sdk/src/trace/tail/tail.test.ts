// Option `sample`: what is kept, what every kept span says about it, and what holding the rest may cost. (152)

import { randomBytes } from "node:crypto";
import { trace } from "@opentelemetry/api";
import type { Context } from "@opentelemetry/api";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  extractContext,
  injectContext,
  recordError,
  runWithContext,
  startSpan,
  withSpan,
} from "../../index.ts";
import type { IdGenerator, ReadableSpan, SampleRules } from "../../index.ts";
import { resetTelemetry, startTestTelemetry } from "../../testing/testing.ts";
import type { ReceivedSpan, TestTelemetry, TestTelemetryOptions } from "../../testing/testing.ts";

const P = "1234567890123456";
/** Random values of traces that no share keeps, that shares above 1/2 keep, and that every share keeps. */
const NEVER = "00000000000000";
const MIDDLE = "80000000000001";
const ALWAYS = "ffffffffffffff";

let telemetry: TestTelemetry;
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await resetTelemetry();
});

function start(sample: SampleRules, options: TestTelemetryOptions = {}): void {
  telemetry = startTestTelemetry({ sample, runtimeMetrics: false, ...options });
}

let madeTraces = 0;
/** Where a request comes in, of another trace each time, with this random value. */
function request(random: string, tracestate?: string, flags = "03"): Context {
  const traceId = (++madeTraces).toString(16).padStart(18, "0") + random;
  return extractContext({ traceparent: `00-${traceId}-${P}-${flags}`, tracestate });
}

const nothing = (): void => {};
const fail = (): void => recordError(new Error("failed"));
const within = <T>(place: Context, fn: () => T): T => runWithContext(place, fn);
const names = async (): Promise<string[]> =>
  (await telemetry.spans()).map(({ name }) => name).sort();
const traces = (): Record<string, number> => ({ ...telemetry.telemetry.status().signals.traces });

/** What `sample` has counted. */
function counted(): Record<string, number> {
  const all = Object.entries(telemetry.telemetry.status().counters);
  return Object.fromEntries(all.filter(([name]) => name.startsWith("sample.")));
}

/** A span that lasted exactly so long. */
function lasting(name: string, ms: number): void {
  const startTime = 1_800_000_000_000;
  startSpan(name, { startTime }).end(startTime + ms);
}

describe("a trace is kept", () => {
  test("for an error in it, with what ended before and after, even when the entry is fine", async () => {
    start({ errors: 1, rest: 0 });
    within(request(NEVER), () =>
      withSpan("entry", () => {
        withSpan("before", nothing);
        withSpan("handled", () => withSpan("failed", fail));
        withSpan("after", nothing);
      }),
    );
    within(request(NEVER), () => withSpan("fine", () => withSpan("child", nothing)));
    expect(await names()).toEqual(["after", "before", "entry", "failed", "handled"]);
    expect(counted()).toEqual({ "sample.dropped.rest": 2 });
    expect(traces()).toMatchObject({ sampledOut: 2, held: 0, undecidedTraces: 0 });
  });

  test("as soon as that is certain: an error is seen while the trace runs", async () => {
    start({ errors: 1, rest: 0 });
    const entry = startSpan("entry");
    withSpan(entry, () => {
      withSpan("before", nothing);
      withSpan("failed", fail);
    });
    expect(await names()).toEqual(["before", "failed"]);
    withSpan(entry, () => withSpan("after", nothing));
    entry.end();
    expect(await names()).toEqual(["after", "before", "entry", "failed"]);
  });

  test("when its entry lasted slowMs; almost is not enough, nor is a child", async () => {
    start({ slowMs: 500, rest: 0 });
    within(request(NEVER), () => lasting("500", 500));
    within(request(NEVER), () => lasting("499.9", 499.9));
    const entry = within(request(NEVER), () =>
      startSpan("entry", { startTime: 1_800_000_000_000 }),
    );
    withSpan(entry, () => lasting("child", 9_000));
    entry.end(1_800_000_000_100);
    expect(await names()).toEqual(["500"]);
  });

  test("by the clock of the process where the app gives no times", async () => {
    let nowMs = 0;
    start({ slowMs: 500, rest: 0 }, { clock: { now: () => nowMs } });
    for (const ms of [499, 500, 700]) withSpan(String(ms), () => void (nowMs += ms));
    expect(await names()).toEqual(["500", "700"]);
  });

  test("otherwise by the random value of its id: the traces that a head sampler of the same share keeps", async () => {
    const ids = Array.from({ length: 500 }, () => randomBytes(16).toString("hex"));
    const keptBy = async (options: TestTelemetryOptions): Promise<string[]> => {
      const left = [...ids];
      const idGenerator: IdGenerator = {
        generateTraceId: () => left.pop()!,
        generateSpanId: () => randomBytes(8).toString("hex"),
      };
      telemetry = startTestTelemetry({ idGenerator, ...options });
      for (let made = 0; made < ids.length; made++) withSpan("root", nothing);
      const kept = (await telemetry.spans()).map(({ traceId }) => traceId).sort();
      await resetTelemetry();
      return kept;
    };
    const kept = await keptBy({ sample: { errors: 1, slowMs: 60_000, rest: 0.3 } });
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.length).toBeLessThan(200);
    expect(kept).toEqual(await keptBy({ sampler: 0.3 }));
  });

  test("never where the service before has decided against it", async () => {
    start({ errors: 1, slowMs: 0, rest: 1 });
    const sent = within(request(ALWAYS, undefined, "00"), () =>
      withSpan("unsampled", () => {
        fail();
        return injectContext<Record<string, string>>({});
      }),
    );
    expect(sent["traceparent"]).toMatch(/-00$/);
    expect(await names()).toEqual([]);
  });

  test("beside ignore, which is asked first", async () => {
    start({ errors: 1, rest: 0 }, { ignore: ["/health"] });
    withSpan("/health", fail);
    withSpan("/orders", fail);
    expect(await names()).toEqual(["/orders"]);
  });
});

describe("while a trace is open", () => {
  test("it is sampled for the next service, and its tracestate stays as it came", () => {
    start({ errors: 1, rest: 0.05 });
    for (const random of [NEVER, ALWAYS]) {
      const place = request(random, "foo=1,ot=rv:00000000000001;x:y");
      const sent = within(place, () =>
        withSpan("entry", () => injectContext<Record<string, string>>({})),
      );
      expect(sent["traceparent"]).toMatch(/-03$/);
      expect(sent["tracestate"]).toBe("foo=1,ot=rv:00000000000001;x:y");
    }
    const root = withSpan("root", () => injectContext<Record<string, string>>({}));
    expect(Object.keys(root)).toEqual(["traceparent"]);
  });

  test("a second entry joins it: a process that calls itself is one part", async () => {
    start({ errors: 1, slowMs: 500, rest: 0 });
    const callItself = (what: () => void): void => {
      const headers = injectContext({});
      within(extractContext(headers), () => withSpan("inner", what));
    };
    within(request(NEVER), () => withSpan("fails inside", () => callItself(fail)));
    within(request(NEVER), () =>
      withSpan("fails outside", () => {
        callItself(nothing);
        fail();
      }),
    );
    within(request(NEVER), () => withSpan("fine", () => callItself(nothing)));
    expect(await names()).toEqual(["fails inside", "fails outside", "inner", "inner"]);
    expect(counted()).toEqual({ "sample.dropped.rest": 2 });
  });

  test("nothing else is held up: metrics of it are right, and a flush does not decide", async () => {
    start({ errors: 1, rest: 0 });
    const entry = startSpan("entry");
    startSpan("child", entry).end();
    expect(await names()).toEqual([]);
    expect(traces()).toMatchObject({ held: 1, undecidedTraces: 1, started: 2, waiting: 0 });
    expect(traces()["heldBytes"]).toBeGreaterThan(0);
    entry.recordException(new Error("only an event"));
    entry.end();
    expect(await names()).toEqual([]);
  });
});

describe("after the decision", () => {
  test("late children follow it", async () => {
    start({ errors: 1, rest: 0 });
    const kept = within(request(NEVER), () => startSpan("kept"));
    const dropped = within(request(NEVER), () => startSpan("dropped"));
    const late = [startSpan("late 1", kept), startSpan("late 2", dropped)];
    withSpan(kept, fail);
    kept.end();
    dropped.end();
    late.push(startSpan("later 1", kept), startSpan("later 2", dropped));
    for (const span of late) withSpan(span, fail);
    for (const span of late) span.end();
    expect(await names()).toEqual(["kept", "late 1", "later 1"]);
    expect(counted()).toEqual({ "sample.dropped.rest": 1, "sample.dropped.late": 2 });
  });

  test("a further entry of a trace that was kept for an error is kept for 30 s", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    start({ errors: 1, rest: 0 });
    const place = request(NEVER);
    within(place, () => withSpan("first", fail));
    await vi.advanceTimersByTimeAsync(29_000);
    within(place, () => withSpan("second", () => withSpan("child", nothing)));
    await vi.advanceTimersByTimeAsync(31_000);
    within(place, () => withSpan("third", nothing));
    vi.useRealTimers();
    expect(await names()).toEqual(["child", "first", "second"]);
  });

  test("a further entry of a trace that was dropped can still be kept for its own error", async () => {
    start({ errors: 1, rest: 0 });
    const place = request(NEVER);
    within(place, () => withSpan("first", nothing));
    within(place, () => withSpan("second", fail));
    expect(await names()).toEqual(["second"]);
  });
});

describe("what a kept span says", () => {
  const states = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await telemetry.spans()).map(({ name, traceState }) => [name, traceState]));

  test("is the probability with which its trace was kept: by rest, by an error, by being slow", async () => {
    start({ errors: 0.5, slowMs: 500, rest: 0.25 });
    within(request(ALWAYS), () => withSpan("rest", () => withSpan("child of rest", nothing)));
    within(request(ALWAYS), () => withSpan("error", () => withSpan("child of error", fail)));
    within(request(MIDDLE), () => withSpan("error by half", fail));
    within(request(ALWAYS), () => lasting("slow", 500));
    within(request(NEVER), () => lasting("slow, too", 500));
    within(request(MIDDLE), () => withSpan("not in rest", nothing));
    within(request(NEVER), () => withSpan("not in errors", fail));
    expect(await states()).toEqual({
      rest: "ot=th:c",
      "child of rest": "ot=th:c",
      error: "ot=th:8",
      "child of error": "ot=th:8",
      "error by half": "ot=th:8",
      slow: "ot=th:0",
      "slow, too": "ot=th:0",
    });
    expect(counted()).toEqual({ "sample.dropped.rest": 1, "sample.dropped.errors": 1 });
  });

  test("counts the service before, in front; members of others stay", async () => {
    start({ errors: 1, rest: 0.25 });
    const come = (name: string, tracestate: string, work: () => void, random = ALWAYS): void =>
      within(request(random, tracestate), () =>
        withSpan(name, () => {
          withSpan(`child of ${name}`, nothing);
          work();
        }),
      );
    come("greater here", "foo=1,ot=th:8", nothing);
    come("greater before", "foo=1,ot=th:f;x:y", nothing);
    come("error", "foo=1,ot=th:8", fail, MIDDLE);
    come("impossible", "ot=th:c,foo=1", fail, MIDDLE);
    come("given random value", "ot=rv:ffffffffffffff", nothing, NEVER);
    come("dropped", "ot=rv:00000000000000", nothing);
    const found = await states();
    for (const [name, state] of Object.entries({
      "greater here": "ot=th:c,foo=1",
      "greater before": "foo=1,ot=th:f;x:y",
      error: "foo=1,ot=th:8",
      impossible: "ot=th:0,foo=1",
      "given random value": "ot=th:c;rv:ffffffffffffff",
    })) {
      expect([name, found[name], found[`child of ${name}`]]).toEqual([name, state, state]);
    }
    expect(found).not.toHaveProperty("dropped");
  });

  test("makes counts right: by kind of trace, whatever the rules keep of it", async () => {
    start(
      { errors: 0.5, slowMs: 500, rest: 0.1 },
      { batch: { queueSize: 100_000, size: 100_000 } },
    );
    const made: Record<string, number> = { error: 0, slow: 0, both: 0, fine: 0 };
    for (let at = 0; at < 20_000; at++) {
      const [isError, isSlow] = [at % 10 === 0, at % 15 === 0];
      const name = isError ? (isSlow ? "both" : "error") : isSlow ? "slow" : "fine";
      made[name]!++;
      const startTime = 1_800_000_000_000;
      const root = startSpan(name, { root: true, startTime });
      const child = startSpan(`child of ${name}`, { parent: root, startTime });
      if (isError) withSpan(child, fail);
      child.end();
      root.end(startTime + (isSlow ? 600 : 5));
    }
    const estimated: Record<string, number> = {};
    for (const { name, traceState } of await telemetry.spans()) {
      const digits = /^ot=th:([0-9a-f]+)$/.exec(traceState)![1]!;
      const weight = 1 / (1 - Number.parseInt(digits.padEnd(14, "0"), 16) / 2 ** 56);
      estimated[name] = (estimated[name] ?? 0) + weight;
    }
    // Those kept for certain are counted exactly, the others within five standard deviations.
    const { error, slow, both, fine } = made as Record<"error" | "slow" | "both" | "fine", number>;
    for (const prefix of ["", "child of "]) {
      expect(estimated[`${prefix}slow`]).toBe(slow);
      expect(estimated[`${prefix}both`]).toBe(both);
      const offError = Math.abs(estimated[`${prefix}error`]! - error);
      expect(offError).toBeLessThan(5 * Math.sqrt(error));
      const offFine = Math.abs(estimated[`${prefix}fine`]! - fine);
      expect(offFine).toBeLessThan(5 * Math.sqrt(9 * fine));
    }
  });
});

describe("what is held is bounded", () => {
  test("by 8 MiB: the oldest traces are decided by what is known, and counted", async () => {
    start({ errors: 1, rest: 0.5 }, { batch: { queueSize: 100_000 } });
    const open = (name: string, random: string): (() => void) => {
      const entry = within(request(random), () => startSpan(name));
      startSpan(`of ${name}`, entry).end();
      return () => entry.end();
    };
    const close = [open("in rest", ALWAYS), open("not in rest", NEVER)];
    const filler = within(request(NEVER), () => startSpan("filler"));
    const attributes = { text: "x".repeat(1_000) };
    for (let made = 0; made < 9_000; made++) startSpan("big", { parent: filler, attributes }).end();
    expect(traces()["heldBytes"]).toBeLessThanOrEqual(8 * 1_048_576);
    expect(counted()).toMatchObject({ "sample.decided_early.bytes": 3 });
    expect(counted()["sample.dropped.early"]).toBeGreaterThan(6_000);
    for (const end of close) end();
    filler.end();
    expect(await names()).toEqual(["in rest", "of in rest"]);
    expect(traces()).toMatchObject({ held: 0, undecidedTraces: 0, sampledOut: 9_003 });
    expect(traces()["heldBytes"]).toBeLessThanOrEqual(65_536);
  });

  test("by 8 MiB also where one span is larger", async () => {
    start({ errors: 1, rest: 0 });
    const entry = startSpan("entry");
    const text = "x".repeat(1_000_000);
    const attributes = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`k${at}`, text]));
    startSpan("huge", { parent: entry, attributes }).end();
    expect(counted()).toEqual({ "sample.decided_early.bytes": 1, "sample.dropped.early": 1 });
    startSpan("after", entry).end();
    entry.end();
    expect(counted()["sample.dropped.late"]).toBe(2);
  });

  test("large spans and small ones come out as they went in", async () => {
    start({ errors: 1, rest: 0 });
    const sizes = [0, 1, 100, 20_000, 64_000, 66_000, 300_000, 3_000_000, 10];
    withSpan("entry", () => {
      for (const size of sizes)
        withSpan(String(size), { attributes: { t: "ü".repeat(size) } }, nothing);
      fail();
    });
    const spans = await telemetry.spans();
    for (const size of sizes) {
      const { attributes } = spans.find(({ name }) => name === String(size))!;
      expect(String(attributes["t"]).length).toBe(Math.min(size, 1_048_576));
    }
  });

  test("by 30 s: then what is known decides; an entry that is slow by now is slow", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let nowMs = 0;
    const hold = async (sample: SampleRules): Promise<void> => {
      await resetTelemetry();
      start(sample, { clock: { now: () => nowMs } });
      for (const random of [ALWAYS, NEVER]) {
        const entry = within(request(random), () => startSpan(`entry ${random}`));
        startSpan(`child ${random}`, entry).end();
      }
      nowMs += 28_000;
      await vi.advanceTimersByTimeAsync(28_000);
      expect(traces()).toMatchObject({ held: 2, undecidedTraces: 2 });
      nowMs += 2_000;
      await vi.advanceTimersByTimeAsync(2_000);
      expect(traces()).toMatchObject({ held: 0, undecidedTraces: 0 });
    };
    await hold({ errors: 1, rest: 0.5 });
    expect(counted()).toEqual({ "sample.decided_early.time": 2, "sample.dropped.early": 1 });
    const inRest = telemetry.spans();
    await vi.advanceTimersByTimeAsync(100);
    expect((await inRest).map(({ name }) => name)).toEqual([`child ${ALWAYS}`]);

    await hold({ slowMs: 20_000, rest: 0.5 });
    expect(counted()).toEqual({});
    const both = telemetry.spans();
    await vi.advanceTimersByTimeAsync(100);
    expect((await both).map(({ traceState }) => traceState)).toEqual(["ot=th:0", "ot=th:0"]);
  });

  test("by 10 000 traces that are open at once", () => {
    start({ errors: 1, rest: 0 });
    for (let made = 0; made < 10_005; made++) startSpan("never ends", { root: true });
    expect(traces()["undecidedTraces"]).toBe(10_000);
    expect(counted()).toEqual({ "sample.decided_early.traces": 5 });
  });

  test("shutdown decides what is open, and sends what is kept", async () => {
    start({ errors: 1, rest: 0.5 });
    const { collector } = telemetry;
    for (const random of [ALWAYS, NEVER]) {
      const entry = within(request(random), () => startSpan(`entry ${random}`));
      startSpan(`child ${random}`, entry).end();
    }
    await telemetry.telemetry.shutdown();
    expect(collector.spans.map(({ name }) => name)).toEqual([`child ${ALWAYS}`]);
    expect(counted()).toMatchObject({ "sample.decided_early.shutdown": 2 });
  });

  test("a span that began under an earlier start is decided on its own", async () => {
    telemetry = startTestTelemetry();
    const early = startSpan("early");
    await resetTelemetry();
    start({ errors: 1, rest: 0 });
    withSpan(early, fail);
    early.end();
    expect(await names()).toEqual(["early"]);
  });
});

describe("processors and exporters of OpenTelemetry JS", () => {
  test("processors see every span as it ends, exporters what is kept, with its probability", async () => {
    const seen: string[] = [];
    const exported: ReadableSpan[] = [];
    const options: TestTelemetryOptions = {
      spanProcessors: [
        {
          onStart: nothing,
          onEnd: (span) => {
            seen.push(span.name);
            span.attributes["email"] = "removed";
          },
          forceFlush: () => Promise.resolve(),
          shutdown: () => Promise.resolve(),
        },
      ],
      spanExporters: [
        {
          export: (spans, done) => {
            exported.push(...spans);
            done({ code: 0 });
          },
          shutdown: () => Promise.resolve(),
        },
      ],
    };
    start({ errors: 1, rest: 0 }, options);
    within(request(NEVER), () => withSpan("fine", () => withSpan("child of fine", nothing)));
    within(request(NEVER, "foo=1"), () =>
      withSpan("entry", () => withSpan("failed", { attributes: { email: "a@b.c" } }, fail)),
    );
    const sent = await telemetry.spans();
    expect(seen).toEqual(["child of fine", "fine", "failed", "entry"]);
    expect(sent.map(({ name }) => name)).toEqual(["failed", "entry"]);
    expect(exported.map(({ name }) => name)).toEqual(["failed", "entry"]);
    const [failed] = exported;
    expect(failed!.spanContext().traceState?.serialize()).toBe("ot=th:0,foo=1");
    expect(failed!.attributes).toMatchObject({ email: "removed", "error.type": "Error" });
    expect({ ...failed }).toMatchObject({ name: "failed", status: { code: 2 }, ended: true });
    expect(sent[0]!.attributes).toMatchObject({ email: "removed" });
  });

  test("exporters work where nothing is sent by OTLP, and what waits for them is bounded", async () => {
    vi.stubEnv("OTEL_TRACES_EXPORTER", "none");
    const exported: string[] = [];
    start(
      { errors: 1, rest: 0 },
      {
        batch: { queueSize: 100_000 },
        spanExporters: [
          {
            export: (spans, done) => {
              exported.push(...spans.map(({ name }) => name));
              done({ code: 0 });
            },
            shutdown: () => Promise.resolve(),
          },
        ],
      },
    );
    withSpan("entry", () => {
      withSpan("before", nothing);
      fail();
    });
    await telemetry.telemetry.flush();
    expect(exported).toEqual(["before", "entry"]);
    const entry = startSpan("long");
    for (let made = 0; made < 9_000; made++) startSpan("child", entry).end();
    expect(traces()["held"]).toBeLessThanOrEqual(8_192);
    expect(counted()["sample.decided_early.bytes"]).toBe(1);
  });
});

describe("the option", () => {
  test("with nothing to wait for is a share that is decided at the start", async () => {
    start({ rest: 0.5 });
    const sent = within(request(ALWAYS), () => withSpan("below", () => injectContext({})));
    expect(sent).toMatchObject({ traceparent: expect.stringMatching(/-03$/) });
    let headers: Record<string, string> = {};
    const isOut = (): boolean => /-0[02]$/.test(headers["traceparent"] ?? "");
    while (!isOut()) headers = withSpan("root", () => injectContext<Record<string, string>>({}));
    expect(traces()).not.toHaveProperty("undecidedTraces");
    const rest: ReceivedSpan[] = (await telemetry.spans()).filter(({ name }) => name === "root");
    for (const { traceState } of rest) expect(traceState).toBe("ot=th:8");
  });

  test.each([
    [undefined, {}, "Cannot use option sample: rest must be a probability from 0 to 1"],
    ["0.05", {}, "Cannot use option sample: it must be like { errors: 1"],
    [null, {}, "Cannot use option sample: it must be like { errors: 1"],
    [{ rest: 2 }, {}, "rest must be a probability from 0 to 1, current value is 2"],
    [{ rest: Number.NaN }, {}, "rest must be a probability"],
    [{ rest: "0.1" }, {}, "rest must be a probability"],
    [
      { rest: 0.1, errors: -1 },
      {},
      "errors must be a probability from 0 to 1, current value is -1",
    ],
    [{ rest: 0.1, slowMs: -5 }, {}, "slowMs must be 0 or more milliseconds, current value is -5"],
    [{ rest: 0.1, slowMs: "1s" }, {}, "slowMs must be 0 or more milliseconds"],
    [{ rest: 0.1, slowMS: 500 }, {}, 'there is no rule "slowMS"; there are errors, slowMs, rest'],
    [{ rest: 0.1 }, { sampler: 0.5 }, "Cannot use options sample and sampler together"],
  ])("%j with %j is refused, and says why", (sample, options, message) => {
    const given = (sample === undefined ? {} : sample) as SampleRules;
    expect(() => start(given, options)).toThrow(message);
    expect(trace.getTracer("t").startSpan("s").isRecording()).toBe(false);
  });

  test("wins over OTEL_TRACES_SAMPLER, and says so", async () => {
    vi.stubEnv("OTEL_TRACES_SAMPLER", "always_off");
    const lines: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((line) => lines.push(String(line)) > 0);
    start({ errors: 1, rest: 0 }, { logLevel: "warn" });
    withSpan("failed", fail);
    expect(await names()).toEqual(["failed"]);
    expect(lines.join("")).toContain("Cannot use OTEL_TRACES_SAMPLER: option sample decides");
    vi.restoreAllMocks();
  });
});
