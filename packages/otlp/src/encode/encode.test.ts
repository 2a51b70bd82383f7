import fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import {
  encodeAttributes,
  encodeRequest,
  encodeResource,
  encodeScope,
  flattenAttributes,
  KeyTable,
  ProtobufWriter,
  REDACTED,
} from "./encode.ts";
import type { AnyValue } from "./encode.ts";

// The part of opentelemetry-proto that headers and attributes use, read by an independent decoder.
const { root } = protobuf.parse(`
  syntax = "proto3";
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
    ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }
  message ScopeRecords { Scope scope = 1; repeated KeyValue records = 2; string schema_url = 3; }
  message ResourceRecords { Resource resource = 1; repeated ScopeRecords scopes = 2; string schema_url = 3; }
  message Request { repeated ResourceRecords resources = 1; }
`);

interface WireValue {
  [kind: string]: unknown;
}

function valueOf(wire: WireValue | null): unknown {
  if (wire === null) return null;
  if ("arrayValue" in wire) {
    return ((wire["arrayValue"] as { values?: WireValue[] }).values ?? []).map(valueOf);
  }
  if ("kvlistValue" in wire) {
    const { values = [] } = wire["kvlistValue"] as { values?: { key: string; value: WireValue }[] };
    return Object.fromEntries(values.map(({ key, value }) => [key, valueOf(value)]));
  }
  if ("intValue" in wire) return { int: wire["intValue"] };
  if ("doubleValue" in wire) return { double: wire["doubleValue"] };
  return wire["stringValue"] ?? wire["boolValue"] ?? wire["bytesValue"] ?? null;
}

/** What a decoder says about `value`: numbers by their kind on the wire. */
function expectedOf(value: AnyValue): unknown {
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? { int: String(value) } : { double: value };
  }
  if (typeof value === "bigint") return { int: String(value) };
  if (Array.isArray(value)) return (value as AnyValue[]).map(expectedOf);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expectedOf(item)]));
  }
  return value;
}

function decodeAttributes(bytes: Uint8Array): Record<string, unknown> {
  const resource = root.lookupType("Resource");
  const decoded = resource.toObject(resource.decode(bytes), { longs: String, bytes: String });
  const pairs = (decoded["attributes"] ?? []) as { key: string; value: WireValue }[];
  return Object.fromEntries(pairs.map(({ key, value }) => [key, valueOf(value)]));
}

function encode(attributes: Record<string, AnyValue>, keys = new KeyTable()): Uint8Array {
  const writer = new ProtobufWriter();
  encodeAttributes(writer, 1, flattenAttributes(attributes), keys);
  return writer.finish();
}

const leaf: fc.Arbitrary<AnyValue> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.uint8Array({ maxLength: 40 }),
  fc.constant(null),
);
const key = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
  .filter((name) => name !== "__proto__");
const anyValue = fc.letrec<{ value: AnyValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

describe("encodeAttributes", () => {
  test("every value of every OTLP type is what an independent decoder reads (12, 13)", () => {
    fc.assert(
      fc.property(fc.dictionary(key, anyValue, { maxKeys: 8 }), (attributes) => {
        const expected = Object.entries(attributes).map(([name, value]) => [
          name,
          expectedOf(value),
        ]);
        expect(decodeAttributes(encode(attributes))).toEqual(Object.fromEntries(expected));
      }),
    );
  });

  test("NaN and the infinities are doubles", () => {
    expect(decodeAttributes(encode({ a: NaN, b: Infinity, c: -Infinity }))).toEqual({
      a: { double: NaN },
      b: { double: Infinity },
      c: { double: -Infinity },
    });
  });

  test("a bigint beyond 64 bits is sent as decimal text", () => {
    expect(decodeAttributes(encode({ a: 2n ** 64n }))).toEqual({ a: "18446744073709551616" });
  });

  test("a redacted key hides its value at the top and inside a map, and is asked about once", () => {
    const asked: string[] = [];
    const keys = new KeyTable({ isRedacted: (name) => (asked.push(name), name === "password") });
    const bytes = encode({ password: 5, user: { password: "p", name: "n" } }, keys);
    encode({ password: "again" }, keys);

    expect(decodeAttributes(bytes)).toEqual({
      password: REDACTED,
      user: { password: REDACTED, name: "n" },
    });
    expect(asked.filter((name) => name === "password")).toHaveLength(1);
  });

  test("keys beyond the table's capacity are encoded and not kept", () => {
    const keys = new KeyTable({ capacity: 2 });
    expect(decodeAttributes(encode({ a: true, b: true, c: true }, keys))).toEqual({
      a: true,
      b: true,
      c: true,
    });
    expect(keys.size).toBe(2);
  });
});

describe("encodeRequest", () => {
  test("groups records by scope under one resource (14)", () => {
    const keys = new KeyTable();
    const record = (name: string): Uint8Array => {
      const writer = new ProtobufWriter();
      const mark = writer.beginMessage(2);
      writer.string(1, name);
      writer.endMessage(mark);
      return writer.finish();
    };
    const chunks = encodeRequest(
      encodeResource(["service.name", "shop"], keys, "https://schema/r"),
      [
        {
          scope: encodeScope({ name: "a", version: "1", schemaUrl: "https://schema/s" }, keys),
          chunks: [record("a1"), record("a2")],
        },
        { scope: encodeScope({ name: "b", attributes: ["x", 1] }, keys), chunks: [record("b1")] },
      ],
    );

    const request = root.lookupType("Request");
    const decoded = request.toObject(request.decode(Buffer.concat(chunks)), { longs: String });
    expect(decoded).toEqual({
      resources: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
          scopes: [
            {
              scope: { name: "a", version: "1" },
              records: [{ key: "a1" }, { key: "a2" }],
              schemaUrl: "https://schema/s",
            },
            {
              scope: { name: "b", attributes: [{ key: "x", value: { intValue: "1" } }] },
              records: [{ key: "b1" }],
            },
          ],
          schemaUrl: "https://schema/r",
        },
      ],
    });
  });
});
