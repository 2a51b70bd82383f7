// What holds for every input: inject then extract is the identity, and extract neither throws nor takes long,
// whatever it is given. (59, 145, and issue D's bad input)

import { propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { SpanContext, TextMapGetter } from "@opentelemetry/api";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  extractContext,
  getCurrentSpan,
  injectContext,
  runWithContext,
  startSpan,
} from "../../index.ts";
import { startTestTelemetry } from "../../testing/testing.ts";
import type { TestTelemetry } from "../../testing/testing.ts";
import { W3CTraceState } from "../propagation.ts";
import { CARRIERS } from "./carriers.ts";
import { TRACE_ID, VALID } from "./vectors.ts";

let telemetry: TestTelemetry;
beforeAll(() => {
  telemetry = startTestTelemetry();
});
afterAll(() => telemetry.stop());

const HEX_DIGITS = Array.from({ length: 16 }, (_, digit) => digit.toString(16));
const text = (
  characters: readonly string[],
  minLength: number,
  maxLength: number,
): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...characters), { minLength, maxLength }).map((parts) => parts.join(""));
const id = (length: number): fc.Arbitrary<string> =>
  text(HEX_DIGITS, length, length).filter((hex) => !/^0+$/.test(hex));

const KEY_CHARACTERS = Array.from("abcz019_-*/@");
const VALUE_CHARACTERS = Array.from("aZ09 !#:;/~");
const member = fc
  .tuple(
    text(Array.from("az09"), 1, 1),
    text(KEY_CHARACTERS, 0, 20),
    text(VALUE_CHARACTERS, 0, 20),
    text(Array.from("aZ09~"), 1, 1),
  )
  .map(([first, rest, value, last]): [string, string] => [`${first}${rest}`, `${value}${last}`]);
/** Short enough that nothing has to be dropped: 10 members of at most 44 characters. */
const traceState = fc.uniqueArray(member, { maxLength: 10, selector: ([key]) => key });
const baggage = fc.dictionary(
  text(Array.from("abcXYZ019!#$%&'*+-.^_`|~"), 1, 12).filter((key) => key !== "__proto__"),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  { maxKeys: 10 },
);

describe("extract after inject is the identity (145)", () => {
  test.each(CARRIERS)("through $name", ({ fill }) => {
    fc.assert(
      fc.property(
        id(32),
        id(16),
        fc.integer({ min: 0, max: 3 }),
        traceState,
        baggage,
        (traceId, spanId, traceFlags, members, entries) => {
          const state = W3CTraceState.parse(members.map((pair) => pair.join("=")).join(","));
          const spanContext: SpanContext = {
            traceId,
            spanId,
            traceFlags,
            ...(state === undefined ? {} : { traceState: state }),
          };
          const bag = propagation.createBaggage(
            Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, { value }])),
          );
          const context = propagation.setBaggage(
            trace.setSpanContext(ROOT_CONTEXT, spanContext),
            bag,
          );
          const written = injectContext<Record<string, string>>({}, context);
          expect(written["traceparent"]).toHaveLength(55);
          const extracted = extractContext(fill(Object.entries(written))!);
          const found = trace.getSpanContext(extracted)!;
          expect([found.traceId, found.spanId, found.traceFlags, found.isRemote]).toEqual([
            traceId,
            spanId,
            traceFlags,
            true,
          ]);
          expect(found.traceState?.serialize()).toBe(state?.serialize());
          expect(propagation.getBaggage(extracted)?.getAllEntries() ?? []).toEqual(
            bag.getAllEntries(),
          );
          expect(injectContext({}, extracted)).toEqual(written);
        },
      ),
      { seed: 144, numRuns: 60 },
    );
  });

  test("through what an app is handed back: every kind of carrier is written, too", () => {
    const context = extractContext({ traceparent: VALID, tracestate: "a=1", baggage: "b=2" });
    for (const { name, fill } of CARRIERS) {
      const stale = fill([
        ["traceparent", `00-${"9".repeat(32)}-${"9".repeat(16)}-01`],
        ["x-mine", "kept"],
      ])!;
      const written = extractContext(injectContext(stale, context));
      expect(trace.getSpanContext(written)?.traceId, name).toBe(TRACE_ID);
      expect(injectContext({}, written), name).toEqual(injectContext({}, context));
    }
  });
});

/** A small seeded generator: 100 000 inputs in a second, the same in every run. */
function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) % below;
  };
}

/** The headers as the specification writes them down: slow and obvious. */
function obviously(traceparent: string, tracestate: string): string | undefined {
  const found =
    /^[ \t]*([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[^]*?)?[ \t]*$/.exec(
      traceparent,
    );
  if (found === null) return undefined;
  const [, version, traceId, spanId, flags, rest] = found;
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId!) || /^0+$/.test(spanId!)) return undefined;
  const members = tracestate
    .split(",")
    .map((part) => part.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((part) => part !== "");
  const MEMBER =
    /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
  const isValid = members.length <= 32 && members.every((member) => MEMBER.test(member));
  const keyOf = (member: string): string => member.split("=", 1)[0]!;
  const distinct = members.filter(
    (member, at) => members.findIndex((other) => keyOf(other) === keyOf(member)) === at,
  );
  return `${traceId} ${spanId} ${Number.parseInt(flags!, 16) & 3} ${isValid ? distinct.join() : ""}`;
}

const explode = (): never => {
  throw new Error("carrier");
};

describe("extract never throws", () => {
  test("on 100 000 random headers, and finds what the grammar says (59)", () => {
    const random = randomSource(59);
    const ALPHABET = Array.from("0123456789abcdefABCF-=,;%. \t\0\r\n\u00e9\u{1f600}\ud800@*/~");
    const noise = (lengthMax: number): string => {
      let made = "";
      for (let left = random(lengthMax); left > 0; left--)
        made += ALPHABET[random(ALPHABET.length)];
      return made;
    };
    /** One place of a valid header is another character, is missing, or is doubled. */
    const damaged = (valid: string): string => {
      const at = random(valid.length);
      const put = ALPHABET[random(ALPHABET.length)]!;
      return [
        valid.slice(0, at) + put + valid.slice(at + 1),
        valid.slice(0, at) + valid.slice(at + 1),
        valid.slice(0, at) + put + valid.slice(at),
      ][random(3)]!;
    };
    const later = VALID.replace("00-", "cc-");
    const TEMPLATES = [VALID, later, `${later}-future`, `${later}é`];
    const startMs = performance.now();
    let foundCount = 0;
    for (let run = 0; run < 100_000; run++) {
      const traceparent = random(8) === 0 ? noise(70) : damaged(damaged(TEMPLATES[random(4)]!));
      const tracestate = random(4) === 0 ? noise(100) : damaged("a1=1,a2=2,ot=th:8,foo@b=x y");
      const context = extractContext({
        traceparent,
        tracestate,
        baggage: random(2) === 0 ? noise(100) : damaged("a=1,b=%C3%A9;p=1,c=x"),
      });
      const found = trace.getSpanContext(context);
      const expected = obviously(traceparent, tracestate);
      if (found === undefined) {
        if (expected !== undefined) expect(traceparent).toBe(expected);
        continue;
      }
      foundCount++;
      const { traceId, spanId, traceFlags, traceState } = found;
      const seen = `${traceId} ${spanId} ${traceFlags} ${traceState?.serialize() ?? ""}`;
      if (seen !== expected) expect([traceparent, tracestate, seen]).toEqual(expected);
    }
    expect(foundCount).toBeGreaterThan(1_000); // the damage is not always fatal: both sides are tried
    expect(foundCount).toBeLessThan(90_000);
    expect(performance.now() - startMs).toBeLessThan(15_000); // 0.15 ms each, some hundred times what it takes
  });

  test("on anything at all as a value or as the carrier itself", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (first, second, carrier) => {
        extractContext({ traceparent: first, tracestate: second, baggage: first });
        extractContext(carrier as object);
        injectContext(Object(carrier) as object, extractContext({ traceparent: VALID }));
      }),
      { seed: 59, numRuns: 2_000 },
    );
  });

  const throwing = (names: readonly string[], rest: object = {}): object =>
    Object.defineProperties(
      rest,
      Object.fromEntries(names.map((name) => [name, { get: explode, enumerable: true }])),
    );
  const hostile: readonly [string, () => object, boolean][] = [
    ["a throwing traceparent", () => throwing(["traceparent"], { tracestate: "a=1" }), false],
    ["a throwing tracestate", () => throwing(["tracestate"], { traceparent: VALID }), true],
    ["a throwing baggage", () => throwing(["baggage"], { traceparent: VALID }), true],
    ["a throwing header beside", () => throwing(["x-other"], { traceparent: VALID }), true],
    ["throwing get, set, keys, headers", () => throwing(["get", "set", "keys", "headers"]), false],
    ["a get that throws", () => ({ get: explode }), false],
    [
      "a Proxy that throws",
      () => new Proxy({}, { get: explode, ownKeys: explode, has: explode }),
      false,
    ],
    [
      "a revoked Proxy",
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
      false,
    ],
    ["a value whose text throws", () => ({ traceparent: { toString: explode } }), false],
    ["a symbol as value", () => ({ traceparent: Symbol("x") }), false],
    ["a frozen object", () => Object.freeze({ traceparent: VALID }), true],
  ];
  test.each(hostile)(
    "%s: a new root or the parent, nothing thrown, nothing stays current",
    (_, make, isFound) => {
      const carrier = make();
      const extracted = extractContext(carrier);
      runWithContext(extracted, () => {
        const span = startSpan("s");
        expect(span.spanContext().traceId === TRACE_ID).toBe(isFound);
        span.end();
        injectContext(carrier);
      });
      expect(getCurrentSpan()).toBeUndefined();
    },
  );

  test.each([0, 1, null, undefined, "x", true, Symbol("x")])("%s is no carrier", (carrier) => {
    expect(trace.getSpanContext(extractContext(carrier as never))).toBeUndefined();
  });

  test("64 KB and 1 MB headers take bounded time, and what is sent on is within the limits", () => {
    for (const sizeBytes of [65_536, 1_048_576]) {
      for (const unit of ["a", ",", "a=1,", "k=%", ";", "=", " ", "\t", "a=b;c=d,", "00-"]) {
        const header = unit.repeat(sizeBytes / unit.length);
        const startMs = performance.now();
        const context = extractContext({ traceparent: VALID, tracestate: header, baggage: header });
        extractContext({ traceparent: header });
        const sent = injectContext<Record<string, string>>({}, context);
        expect(performance.now() - startMs, unit).toBeLessThan(1_000);
        expect(sent["traceparent"]).toBe(VALID);
        expect((sent["tracestate"] ?? "").length).toBeLessThanOrEqual(512);
        expect((sent["baggage"] ?? "").length).toBeLessThanOrEqual(8_192);
      }
    }
  });

  test("properties of baggage that would break a header are left out", () => {
    for (const properties of ["a\r\nx-evil: 1", "a,b=1", "ü"]) {
      const bag = propagation.createBaggage({
        k: { value: "v", metadata: { toString: () => properties } as never },
      });
      const context = propagation.setBaggage(ROOT_CONTEXT, bag);
      expect(injectContext({}, context)).toEqual({ baggage: "k=v" });
    }
  });
});

describe("the api's getters and setters", () => {
  test("any getter and any setter of the api's form is used, also one that throws", () => {
    const values = new Map([
      ["TRACEPARENT", VALID],
      ["TraceState", "a=1"],
    ]);
    const asked: string[] = [];
    const getter: TextMapGetter<object> = {
      keys: () => [...values.keys()],
      get: (_, key) => (asked.push(key), values.get(key)),
    };
    const found = propagation.extract(ROOT_CONTEXT, {}, getter);
    expect(trace.getSpanContext(found)?.traceState?.serialize()).toBe("a=1");
    expect(asked).toEqual(["traceparent", "TRACEPARENT", "tracestate", "TraceState", "baggage"]);
    const set: string[] = [];
    propagation.inject(found, {}, { set: (_, key, value) => void set.push(`${key}: ${value}`) });
    expect(set).toEqual([`traceparent: ${VALID}`, "tracestate: a=1"]);
    for (const broken of [{ get: explode }, { keys: explode, get: () => undefined }]) {
      const none = propagation.extract(ROOT_CONTEXT, {}, { ...getter, ...broken });
      expect(trace.getSpanContext(none)).toBeUndefined();
    }
    propagation.inject(found, {}, { set: explode });
  });
});

describe("a propagator of the app that throws", () => {
  test("harms neither inject nor extract", async () => {
    await telemetry.stop();
    telemetry = startTestTelemetry({
      propagator: { inject: explode, extract: explode, fields: () => [] },
    });
    expect(injectContext({})).toEqual({});
    expect(trace.getSpanContext(extractContext({ traceparent: VALID }))).toBeUndefined();
  });
});
