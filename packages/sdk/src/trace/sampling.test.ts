// Which traces are recorded: the samplers of OTEL_TRACES_SAMPLER, shares, limits, and what is ignored. (28, 152)

import { context, ROOT_CONTEXT, SamplingDecision, SpanKind, trace } from "@opentelemetry/api";
import type { Context } from "@opentelemetry/api";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  extractContext,
  injectContext,
  rateLimitingSampler,
  runWithContext,
  startSpan,
  withSpan,
} from "../index.ts";
import { startTestTelemetry } from "../testing/testing.ts";
import type { TestTelemetry, TestTelemetryOptions } from "../testing/testing.ts";
import { randomWord } from "./ids.ts";
import { SamplingPolicy } from "./sampling.ts";
import type { SamplingQuestion } from "./sampling.ts";

const T = "12345678901234567890123456789012";
const P = "1234567890123456";
let telemetry: TestTelemetry | undefined;

afterEach(async () => {
  vi.unstubAllEnvs();
  await telemetry?.stop();
  telemetry = undefined;
});

function start(
  options: TestTelemetryOptions = {},
  variables: Record<string, string> = {},
): TestTelemetry {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return (telemetry = startTestTelemetry(options));
}

const incoming = (flags: string, tracestate?: string): Context =>
  extractContext({ traceparent: `00-${T}-${P}-${flags}`, tracestate });

describe("OTEL_TRACES_SAMPLER", () => {
  test.each([
    // name, argument: root, below sampled, below not sampled
    ["", "", [true, true, false]],
    ["always_on", "", [true, true, true]],
    ["always_off", "", [false, false, false]],
    ["traceidratio", "1", [true, true, true]],
    ["traceidratio", "0", [false, false, false]],
    ["parentbased_always_on", "", [true, true, false]],
    ["parentbased_always_off", "", [false, true, false]],
    ["parentbased_traceidratio", "0", [false, true, false]],
    ["parentbased_traceidratio", "", [true, true, false]],
    ["PARENTBASED_ALWAYS_OFF", "", [false, true, false]],
    ["traceidratio", "2", [true, true, true]],
    ["no_such_sampler", "", [true, true, false]],
  ])("%s with argument '%s'", async (name, argument, expected) => {
    const test = start({}, { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument });
    const places = [ROOT_CONTEXT, incoming("01"), incoming("00")];
    const answers = places.map((place) =>
      runWithContext(place, () => {
        const span = startSpan("s");
        span.end();
        const isSampled = (span.spanContext().traceFlags & 1) === 1;
        expect(span.isRecording()).toBe(false); // it has ended
        return isSampled;
      }),
    );
    expect(answers).toEqual(expected);
    expect(await test.spans()).toHaveLength(expected.filter(Boolean).length);
  });
});

describe("a share", () => {
  const question = (words: number[], rest: Partial<SamplingQuestion> = {}): SamplingQuestion => ({
    context: ROOT_CONTEXT,
    traceId0: words[0]!,
    traceId1: words[1]!,
    traceId2: words[2]!,
    traceId3: words[3]!,
    name: "s",
    kind: SpanKind.INTERNAL,
    attributes: {},
    links: [],
    traceState: undefined,
    isChild: false,
    isLocalRoot: true,
    ...rest,
  });
  const ids = Array.from({ length: 100_000 }, () => [
    randomWord(),
    randomWord(),
    randomWord(),
    randomWord(),
  ]);
  const keptBy = (share: number): Set<number> => {
    const policy = SamplingPolicy.share(share);
    const kept = ids.flatMap((id, at) => (policy.decide(question(id)).isSampled ? [at] : []));
    return new Set(kept);
  };

  test("of 10 % keeps 10 ± 0.5 % of 100 000 ids (152)", () => {
    expect(Math.abs(keptBy(0.1).size / 1_000 - 10)).toBeLessThan(0.5);
  });

  test("is consistent: the same again, and a greater share keeps all that a smaller one keeps", () => {
    const [small, again, great] = [keptBy(0.1), keptBy(0.1), keptBy(0.4)];
    expect(again).toEqual(small);
    expect([...small].every((at) => great.has(at))).toBe(true);
  });

  test.each([
    [0.5, "8"],
    [0.25, "c"],
    [0.1, "e6666666666668"],
    [1 / 3, "aaaaaaaaaaaab"],
  ])("of %d is written as th:%s, in front", async (share, threshold) => {
    start({ sampler: share });
    for (let tries = 0; tries < 200; tries++) {
      const span = startSpan("s");
      const { traceState } = span.spanContext();
      if (!span.isRecording()) continue;
      span.end();
      expect(traceState?.serialize()).toBe(`ot=th:${threshold}`);
    }
    const [received] = await telemetry!.spans();
    expect(received!.traceState).toBe(`ot=th:${threshold}`);
  });

  test("goes on to the next service, which keeps it", () => {
    start({ sampler: 0.999 });
    let headers: Record<string, string> = {};
    while (!headers["traceparent"]?.endsWith("3")) {
      headers = withSpan("root", () => injectContext<Record<string, string>>({}));
    }
    expect(headers["tracestate"]).toMatch(/^ot=th:0/);
    runWithContext(extractContext(headers), () => {
      const next = withSpan("next", () => injectContext<Record<string, string>>({}));
      expect(next["tracestate"]).toBe(headers["tracestate"]);
    });
  });

  test.each([
    // rv is the random value where it is given; members of others stay, in order
    ["ffffffffffffff", "ot=th:8;rv:ffffffffffffff;x:y,foo=1"],
    ["80000000000000", "ot=th:8;rv:80000000000000;x:y,foo=1"],
    ["7fffffffffffff", "ot=rv:7fffffffffffff;x:y,foo=1"],
  ])("asked below a parent (traceidratio) with rv:%s sends on %s", (randomValue, sent) => {
    start({}, { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" });
    runWithContext(incoming("01", `foo=1,ot=th:4;rv:${randomValue};x:y`), () => {
      const headers = withSpan("s", () => injectContext<Record<string, string>>({}));
      expect(headers["tracestate"]).toBe(sent);
      expect(headers["traceparent"]!.endsWith("1")).toBe(sent.includes("th:"));
    });
  });

  test("of a parent is kept as it came where the parent decides", () => {
    start({ sampler: 0.5 });
    runWithContext(incoming("01", "foo=1,ot=th:c;rv:00000000000000"), () => {
      const headers = withSpan("s", () => injectContext<Record<string, string>>({}));
      expect(headers["tracestate"]).toBe("foo=1,ot=th:c;rv:00000000000000");
    });
  });
});

describe("rateLimitingSampler", () => {
  test("keeps at most n a second, after a pause no more than one second's", () => {
    let nowMs = 0;
    const sampler = rateLimitingSampler(10, () => nowMs);
    const ask = (): boolean =>
      sampler.shouldSample(ROOT_CONTEXT, T, "s", SpanKind.INTERNAL, {}, []).decision ===
      SamplingDecision.RECORD_AND_SAMPLED;
    const keptOf = (count: number): number =>
      Array.from({ length: count }, ask).filter(Boolean).length;
    expect(keptOf(100)).toBe(10);
    nowMs += 500;
    expect(keptOf(100)).toBe(5);
    nowMs += 3_600_000;
    expect(keptOf(100)).toBe(10);
    nowMs -= 3_600_000;
    expect(keptOf(100)).toBe(0);
  });

  test("over 10 s of a request each millisecond keeps 10 a second", () => {
    let nowMs = 0;
    const sampler = rateLimitingSampler(10, () => nowMs);
    let kept = 0;
    for (; nowMs < 10_000; nowMs++) {
      const { decision } = sampler.shouldSample(ROOT_CONTEXT, T, "s", SpanKind.INTERNAL, {}, []);
      if (decision === SamplingDecision.RECORD_AND_SAMPLED) kept++;
    }
    expect(kept).toBeGreaterThanOrEqual(108); // 10 at once, then 10 a second
    expect(kept).toBeLessThanOrEqual(110);
  });

  test("children follow, also below a span that was passed by hand; a root never does", async () => {
    const test = start({ sampler: rateLimitingSampler(1, () => 0) });
    const kept = startSpan("kept");
    startSpan("child by hand", kept).end();
    withSpan(kept, () => withSpan("child", () => {}));
    withSpan(kept, () => trace.getTracer("t").startSpan("root", { root: true }).end());
    withSpan("dropped", () => withSpan("its child", () => {}));
    kept.end();
    const names = (await test.spans()).map(({ name }) => name).sort();
    expect(names).toEqual(["child", "child by hand", "kept"]);
  });

  test.each([0, -1, Number.NaN, Infinity])("refuses %d traces a second", (rate) => {
    expect(() => rateLimitingSampler(rate)).toThrow("traces per second must be above 0");
  });
});

describe("ignore", () => {
  const request = (path: string, parent = context.active()): void =>
    runWithContext(parent, () =>
      withSpan("GET", { kind: SpanKind.SERVER, attributes: { "url.path": path } }, () =>
        withSpan(`below ${path}`, () => {}),
      ),
    );

  test("leaves out a path and everything below it, roots and continued traces, and counts", async () => {
    const test = start({ ignore: ["/health", "/assets/*", /^\/metrics\b/g] });
    for (const path of ["/health", "/healthy", "/assets/a.js", "/metrics", "/metrics/x", "/"]) {
      request(path);
      request(path, incoming("01"));
    }
    const names = (await test.spans()).map(({ name }) => name).filter((name) => name !== "GET");
    expect(names.sort()).toEqual(["below /", "below /", "below /healthy", "below /healthy"]);
    expect(test.telemetry.status().counters["span.ignored"]).toBe(8);
  });

  test("looks at the name, with or without the method, and at the path before its query", async () => {
    const test = start({ ignore: ["/health"] });
    withSpan("GET /health", () => {});
    withSpan("/health", () => {});
    withSpan("GET", { attributes: { "http.target": "/health?x=1" } }, () => {});
    withSpan("GET", { attributes: { "http.route": "/health" } }, () => {});
    withSpan("main", () => withSpan("/health", () => {})); // a call of ours, inside a trace
    expect((await test.spans()).map(({ name }) => name).sort()).toEqual(["/health", "main"]);
  });

  test("says not sampled to the next service, and works beside every sampler", async () => {
    const test = start({ ignore: ["/health"] }, { OTEL_TRACES_SAMPLER: "always_on" });
    const sent = withSpan("/health", () =>
      withSpan("below", () => injectContext<Record<string, string>>({})),
    );
    expect(sent["traceparent"]).toMatch(/-0[02]$/);
    withSpan("/", () => withSpan("child", () => {}));
    runWithContext(incoming("00"), () => withSpan("always on", () => {}));
    const names = (await test.spans()).map(({ name }) => name).sort();
    expect(names).toEqual(["/", "always on", "child"]);
  });

  test("refuses what is no pattern, while configuring", () => {
    for (const pattern of [7, "", undefined]) {
      expect(() => start({ ignore: [pattern as never] })).toThrow("Cannot use option ignore");
    }
  });
});
