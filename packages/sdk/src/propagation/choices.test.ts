// What an app chooses about the borders of its process: OTEL_PROPAGATORS, the random flag, baggage as attributes.

import { context, propagation, trace } from "@opentelemetry/api";
import type { Context } from "@opentelemetry/api";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  extractContext,
  injectContext,
  runWithContext,
  startSpan,
  startTelemetry,
  withSpan,
} from "../index.ts";
import { countingIds, resetTelemetry, startTestTelemetry } from "../testing/testing.ts";
import type { TestTelemetry, TestTelemetryOptions } from "../testing/testing.ts";
import { TRACE_ID, VALID } from "./suite/vectors.ts";

let telemetry: TestTelemetry;
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await resetTelemetry();
});

function start(options: TestTelemetryOptions = {}, variables: Record<string, string> = {}): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  telemetry = startTestTelemetry(options);
}

const withBaggage = (entries: Record<string, string>): Context =>
  propagation.setBaggage(
    context.active(),
    propagation.createBaggage(
      Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, { value }])),
    ),
  );

describe("OTEL_PROPAGATORS", () => {
  /** What a client sends inside a span, with one entry of baggage. */
  const sent = (): string[] =>
    withSpan("client", () =>
      runWithContext(withBaggage({ a: "1" }), () => Object.keys(injectContext({}))),
    );

  test.each([
    ["", ["traceparent", "baggage"]],
    ["tracecontext,baggage", ["traceparent", "baggage"]],
    ["baggage", ["baggage"]],
    ["tracecontext", ["traceparent"]],
    ["b3", ["b3"]],
    ["b3multi", ["x-b3-traceid", "x-b3-spanid", "x-b3-sampled"]],
    ["b3, tracecontext ,b3", ["b3", "traceparent"]],
    ["TraceContext,B3", ["traceparent", "b3"]],
    ["none", []],
    [",", []],
  ])("'%s' writes %j", (names, expected) => {
    start({}, { OTEL_PROPAGATORS: names });
    expect(sent()).toEqual(expected);
  });

  test.each(["jaeger", "xray", "ottrace", "no-such"])(
    "%s is said, with the way out, and the others go on",
    (name) => {
      start({}, { OTEL_PROPAGATORS: `${name},tracecontext` });
      expect(sent()).toEqual(["traceparent"]);
      const { counters } = telemetry.telemetry.status();
      expect(counters[`propagator.${name}.unknown`]).toBe(1);
    },
  );

  test("what is said names the propagator, those there are, and the option", async () => {
    const lines: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((line) => lines.push(String(line)) > 0);
    vi.stubEnv("OTEL_PROPAGATORS", "xray");
    const { shutdown } = startTelemetry({ transport: () => new Promise(() => {}) });
    expect(lines.join("")).toBe(
      'telemetry: Cannot use propagator "xray" of OTEL_PROPAGATORS: known are tracecontext, baggage, b3, b3multi and none; pass others as option propagator\n',
    );
    await shutdown(1);
  });

  test("gives way to option propagator", () => {
    const propagator = {
      inject: (_: Context, carrier: object) => void Object.assign(carrier, { mine: "1" }),
      extract: (given: Context) => given,
      fields: () => ["mine"],
    };
    start({ propagator }, { OTEL_PROPAGATORS: "b3" });
    expect(sent()).toEqual(["mine"]);
  });
});

describe("the random flag (57)", () => {
  const traceparent = (): string =>
    withSpan("root", { root: true }, () => injectContext<Record<string, string>>({}))[
      "traceparent"
    ]!;

  test("is set on new traces, because their ids are random", () => {
    start();
    expect(traceparent()).toMatch(/-03$/);
  });

  test.each([
    ["randomFlag: false turns it off", { randomFlag: false }],
    ["ids of the app's own making do not have it", { idGenerator: countingIds() }],
  ])("%s", (_, options) => {
    start(options);
    expect(traceparent()).toMatch(/-01$/);
  });

  test("of a trace that came in stays as it is", () => {
    start();
    for (const flags of ["00", "01", "02", "03"]) {
      const place = extractContext({ traceparent: VALID.replace(/..$/, flags) });
      const below = runWithContext(place, () =>
        withSpan("below", () => injectContext<Record<string, string>>({})),
      );
      expect(below["traceparent"]).toMatch(new RegExp(`^00-${TRACE_ID}-.{16}-${flags}$`));
    }
  });
});

describe("baggageAttributes (58)", () => {
  test("copies the entries that are named to every span, own attributes win, secrets are redacted", async () => {
    start({ baggageAttributes: ["tenant", "user.token", "absent"] });
    const bag = withBaggage({ tenant: "a b", "user.token": "x", other: "1" });
    runWithContext(bag, () => {
      withSpan("own", { attributes: { tenant: "mine" } }, () => startSpan("child").end());
      trace.getTracer("api").startSpan("by the api").end();
    });
    startSpan("outside").end();
    const spans = await telemetry.spans();
    const copied = { tenant: "a b", "user.token": "[REDACTED]" };
    expect(Object.fromEntries(spans.map(({ name, attributes }) => [name, attributes]))).toEqual({
      child: copied,
      own: { ...copied, tenant: "mine" },
      "by the api": copied,
      outside: {},
    });
  });

  test("copies what came with a request", async () => {
    start({ baggageAttributes: ["tenant"] });
    runWithContext(extractContext({ traceparent: VALID, baggage: "tenant=a%20b" }), () =>
      startSpan("server").end(),
    );
    const [server] = await telemetry.spans();
    expect(server!.attributes).toEqual({ tenant: "a b" });
  });

  test.each([["tenant"], [[""]], [[7]], [{}]])("%j is refused", (baggageAttributes) => {
    expect(() => start({ baggageAttributes: baggageAttributes as never })).toThrow(
      "Cannot use option baggageAttributes: it must be a list of names",
    );
  });
});
