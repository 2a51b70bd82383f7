// The vectors of ACCEPTANCE.md (52 to 57): what the W3C conformance suite asks, as a table.

import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { SpanContext } from "@opentelemetry/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  carrierGetter,
  carrierSetter,
  TraceContextPropagator,
  W3CTraceState,
} from "./propagation.ts";

const T = "12345678901234567890123456789012";
const P = "1234567890123456";
const propagator = new TraceContextPropagator();

function extract(carrier: object): SpanContext | undefined {
  return trace.getSpanContext(propagator.extract(ROOT_CONTEXT, carrier, carrierGetter));
}

function inject(spanContext: SpanContext): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagator.inject(trace.setSpanContext(ROOT_CONTEXT, spanContext), carrier, carrierSetter);
  return carrier;
}

/** What a service in the middle would send on. */
function relay(carrier: object): Record<string, string> {
  const extracted = extract(carrier);
  return extracted === undefined ? {} : inject(extracted);
}

test("what is written has 55 characters, under names in lower case (53)", () => {
  const traceState = W3CTraceState.parse("a=1")!;
  const sent = inject({ traceId: T, spanId: P, traceFlags: 1, traceState });
  expect(sent).toEqual({ traceparent: `00-${T}-${P}-01`, tracestate: "a=1" });
  expect(sent["traceparent"]).toHaveLength(55);
});

describe("a traceparent that counts", () => {
  test.each([
    ["as specified", `00-${T}-${P}-01`, 1],
    ["with white space around", ` \t00-${T}-${P}-01 \t`, 1],
    ["not sampled", `00-${T}-${P}-00`, 0],
    ["with the random flag", `00-${T}-${P}-02`, 2],
    ["with both flags", `00-${T}-${P}-03`, 3],
    ["with unknown flags, which are cleared", `00-${T}-${P}-fd`, 1],
    ["of a later version", `cc-${T}-${P}-01`, 1],
    ["of a later version with more fields", `cc-${T}-${P}-01-future`, 1],
  ])("%s", (_, traceparent, traceFlags) => {
    expect(extract({ traceparent })).toEqual({
      traceId: T,
      spanId: P,
      traceFlags,
      isRemote: true,
    });
    expect(relay({ traceparent })).toEqual({ traceparent: `00-${T}-${P}-0${traceFlags}` });
  });

  test.each(["traceparent", "TraceParent", "TRACEPARENT", "tRaCePaReNt"])(
    "under the name %s",
    (name) => {
      expect(extract({ [name]: `00-${T}-${P}-01` })?.traceId).toBe(T);
    },
  );
});

describe("a traceparent that counts as none", () => {
  test.each([
    ["absent", undefined],
    ["empty", ""],
    ["with a trailing dot", `00-${T}-${P}-01.`],
    ["of version 00 with more fields", `00-${T}-${P}-01-what-the-future-will-be-like`],
    ["of a later version, without a dash before more", `cc-${T}-${P}-01.future`],
    ["of version ff", `ff-${T}-${P}-01`],
    ["version .0", `.0-${T}-${P}-01`],
    ["version 0.", `0.-${T}-${P}-01`],
    ["version 000", `000-${T}-${P}-01`],
    ["version 0000", `0000-${T}-${P}-01`],
    ["version 0", `0-${T}-${P}-01`],
    ["trace id all zero", `00-${"0".repeat(32)}-${P}-01`],
    ["trace id of 31", `00-${T.slice(1)}-${P}-01`],
    ["trace id of 33", `00-${T}1-${P}-01`],
    ["trace id with a bad character", `00-.${T.slice(1)}-${P}-01`],
    ["trace id in upper case", `00-${"A".repeat(32)}-${P}-01`],
    ["parent id all zero", `00-${T}-${"0".repeat(16)}-01`],
    ["parent id of 15", `00-${T}-${P.slice(1)}-01`],
    ["parent id of 17", `00-${T}-${P}1-01`],
    ["parent id with a bad character", `00-${T}-.${P.slice(1)}-01`],
    ["parent id in upper case", `00-${T}-${"A".repeat(16)}-01`],
    ["flags .0", `00-${T}-${P}-.0`],
    ["flags 0.", `00-${T}-${P}-0.`],
    ["flags 001", `00-${T}-${P}-001`],
    ["flags 1", `00-${T}-${P}-1`],
    ["flags in upper case", `00-${T}-${P}-0A`],
    ["two in one list", `00-${T}-${P}-01,00-${T}-${P}-01`],
    ["a number", 7],
  ])("%s", (_, traceparent) => {
    expect(extract({ traceparent, tracestate: "foo=1" })).toBeUndefined();
  });

  test("two headers are ambiguous", () => {
    const header = `00-${T}-${P}-01`;
    expect(extract({ traceparent: [header, header] })).toBeUndefined();
    expect(extract({ traceparent: [header] })?.traceId).toBe(T);
  });

  test("a tracestate alone is discarded", () => {
    expect(relay({ tracestate: "foo=1" })).toEqual({});
  });
});

describe("tracestate", () => {
  const traceparent = `00-${T}-${P}-01`;
  const relayed = (tracestate: unknown): string | undefined =>
    relay({ traceparent, tracestate })["tracestate"];
  const many = (count: number): string =>
    Array.from({ length: count }, (_, i) => `k${i}=v`).join(",");

  test.each([
    ["one member", "foo=1", "foo=1"],
    ["order is kept", "foo=1,bar=2", "foo=1,bar=2"],
    ["several headers are joined in order", ["foo=1,bar=2", "rojo=1"], "foo=1,bar=2,rojo=1"],
    ["empty members are dropped", "foo=1,,bar=2,", "foo=1,bar=2"],
    ["white space around members", " foo=1 \t,\t bar=2 ", "foo=1,bar=2"],
    ["a duplicated key is kept once", "foo=1,foo=2", "foo=1"],
    ["a key with every allowed character", "a1_-*/@=1", "a1_-*/@=1"],
    ["a key that starts with a digit", "0a=1", "0a=1"],
    ["multi-tenant keys of level 2", "foo@@bar=1,foo@=2", "foo@@bar=1,foo@=2"],
    ["a key of 256 characters", `${"z".repeat(256)}=1`, `${"z".repeat(256)}=1`],
    ["a value with inner spaces", "foo=a b", "foo=a b"],
    ["32 members", many(32), many(32)],
  ])("%s", (_, tracestate, expected) => {
    expect(relayed(tracestate)).toBe(expected);
  });

  test.each([
    ["33 members", many(33)],
    ["a key of 257 characters", `${"z".repeat(257)}=1`],
    ["an upper-case key", "FOO=1"],
    ["a key with a dot", "foo.bar=1"],
    ["a space before the equals sign", "foo =1"],
    ["a key that starts with @", "@foo=1,bar=2"],
    ["an empty key", "=1"],
    ["no equals sign", "foo"],
    ["a value with an equals sign", "foo=bar=baz"],
    ["an empty value", "foo=,bar=3"],
    ["a value of 257 characters", `foo=${"v".repeat(257)}`],
    ["a value with a control character", "foo=a\tb"],
    ["a value beyond ASCII", "foo=é"],
  ])("%s discards the list, not the traceparent (56)", (_, tracestate) => {
    expect(relay({ traceparent, tracestate })).toEqual({ traceparent });
  });

  test("beyond 512 characters whole members go: the long ones first, then from the end (55)", () => {
    const long = `long=${"v".repeat(150)}`;
    const short = Array.from({ length: 5 }, (_, i) => `k${i}=${"v".repeat(90)}`);
    const full = [short[0], long, ...short.slice(1)].join(",");
    expect(relayed(full)).toBe(short.join(","));
    const sixth = [...short, `k5=${"v".repeat(90)}`];
    expect(relayed(sixth.join(","))).toBe(short.join(","));
    const exactly = `a=${"v".repeat(254)},b=${"v".repeat(253)}`;
    expect(exactly).toHaveLength(512);
    expect(relayed(exactly)).toBe(exactly);
  });

  test("a member that is set goes to the front; what is invalid changes nothing", () => {
    const state = extract({ traceparent, tracestate: "foo=1,bar=2" })!.traceState!;
    expect(state.set("bar", "3").serialize()).toBe("bar=3,foo=1");
    expect(state.set("BAD", "3").set("foo", "a=b").serialize()).toBe("foo=1,bar=2");
    expect(state.unset("foo").serialize()).toBe("bar=2");
    expect([state.get("foo"), state.get("none")]).toEqual(["1", undefined]);
    expect(state.serialize()).toBe("foo=1,bar=2");
  });
});

describe("any carrier (54)", () => {
  const traceparent = `00-${T}-${P}-01`;
  const grpcMetadata = {
    get: (name: string) => (name === "traceparent" ? [traceparent] : []),
    set: () => undefined,
  };

  test.each([
    ["a plain object", { traceparent }],
    ["Headers", new Headers({ TraceParent: traceparent })],
    ["a Map", new Map([["TraceParent", traceparent]])],
    ["an IncomingMessage", { httpVersion: "1.1", headers: { traceparent } }],
    ["gRPC Metadata", grpcMetadata],
    ["an object without prototype", Object.assign(Object.create(null), { traceparent })],
  ])("%s is read", (_, carrier) => {
    expect(extract(carrier as object)?.spanId).toBe(P);
  });

  test("Headers, a Map and a request are written", () => {
    const context = trace.setSpanContext(ROOT_CONTEXT, { traceId: T, spanId: P, traceFlags: 1 });
    const headers = new Headers({ traceparent: "old", "x-mine": "1" });
    propagator.inject(context, headers, carrierSetter);
    expect(headers.get("traceparent")).toBe(traceparent);
    expect(headers.get("x-mine")).toBe("1");
    const map = new Map<string, string>();
    propagator.inject(context, map, carrierSetter);
    expect(map.get("traceparent")).toBe(traceparent);
    const set: string[] = [];
    propagator.inject(context, { setHeader: (name: string) => set.push(name) }, carrierSetter);
    expect(set).toEqual(["traceparent"]);
  });
});

describe("properties", () => {
  const HEX_DIGITS = Array.from({ length: 16 }, (_, digit) => digit.toString(16));
  const hex = (length: number): fc.Arbitrary<string> =>
    fc
      .array(fc.constantFrom(...HEX_DIGITS), { minLength: length, maxLength: length })
      .map((digits) => digits.join(""))
      .filter((id) => !/^0+$/.test(id));

  test("extract after inject is the identity for every valid context (145)", () => {
    fc.assert(
      fc.property(
        hex(32),
        hex(16),
        fc.integer({ min: 0, max: 3 }),
        (traceId, spanId, traceFlags) => {
          const carrier = inject({ traceId, spanId, traceFlags });
          expect(carrier["traceparent"]).toHaveLength(55);
          expect(extract(carrier)).toEqual({ traceId, spanId, traceFlags, isRemote: true });
        },
      ),
    );
  });

  test("extract never throws, on 10 000 random headers (59)", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.stringMatching(/^[0-9a-f-]{50,60}$/),
          fc.anything(),
        ),
        fc.oneof(fc.string({ unit: "binary" }), fc.anything()),
        (traceparent, tracestate) => {
          extract({ traceparent, tracestate });
        },
      ),
      { numRuns: 10_000 },
    );
  });
});
