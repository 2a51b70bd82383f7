// What protobufjs over the official definitions makes of the same bytes is what must come out.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  corpusFiles,
  encodeOfficial,
  equalFiles,
  MISSING_PAYLOADS,
  OFFICIAL,
  requests,
  viewBatch,
} from "../conformance/conformance.ts";
import type { Tree } from "../conformance/conformance.ts";
import { decodeRequest } from "../index.ts";
import type { Signal } from "../index.ts";
import { encodeJsonRequest } from "./to-json.ts";

const SIGNALS = ["traces", "logs", "metrics"] satisfies Signal[];

function jsonOf(signal: Signal, request: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(encodeJsonRequest(signal, request)));
}

/** The proto3 JSON mapping of an independent implementation, with OTLP's hex ids. */
function officialJson(signal: Signal, request: Uint8Array): unknown {
  const type = OFFICIAL[signal];
  const tree = type.toObject(type.decode(request), { json: true, longs: String, bytes: String });
  return withHexIds(tree);
}

/** Fields that are not in our table, because nobody in this project writes or keeps them. */
const LEFT_OUT = new Set(["entityRefs", "keyStrindex", "stringValueStrindex"]);
const IDS = new Set(["traceId", "spanId", "parentSpanId"]);

function withHexIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withHexIds);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !LEFT_OUT.has(key))
      .map(([key, inner]) => [
        key,
        IDS.has(key) ? Buffer.from(String(inner), "base64").toString("hex") : withHexIds(inner),
      ]),
  );
}

describe.each(SIGNALS)("a request of %s as JSON", (signal) => {
  test("is what the official definitions make of it, for generated requests", () => {
    fc.assert(
      fc.property(requests(signal), (request) => {
        const bytes = encodeOfficial(signal, request);
        expect(jsonOf(signal, bytes)).toEqual(officialJson(signal, bytes));
      }),
      { numRuns: 200 },
    );
  });

  test("decodes to the same batch as the protobuf it was made of", () => {
    fc.assert(
      fc.property(requests(signal), (request) => {
        const bytes = encodeOfficial(signal, request);
        const json = encodeJsonRequest(signal, bytes);
        expect(viewBatch(decodeRequest(signal, "json", json))).toEqual(
          viewBatch(decodeRequest(signal, "protobuf", bytes)),
        );
      }),
      { numRuns: 100 },
    );
  });

  test("is an empty object without records", () => {
    expect(jsonOf(signal, new Uint8Array())).toEqual({});
  });
});

describe.skipIf(MISSING_PAYLOADS !== undefined)(`real payloads ${MISSING_PAYLOADS ?? ""}`, () => {
  const files = [...corpusFiles(), ...equalFiles()].filter(
    ({ encoding }) => encoding === "protobuf",
  );

  test("there are files of each signal", () => {
    expect(new Set(files.map(({ signal }) => signal))).toEqual(new Set(SIGNALS));
  });

  test.each(files)("$name is what the official definitions make of it", ({ signal, body }) => {
    expect(jsonOf(signal, body)).toEqual(officialJson(signal, body));
  });
});

describe("the mapping", () => {
  const span = (tree: Tree): Tree => ({ resourceSpans: [{ scopeSpans: [{ spans: [tree] }] }] });
  const value = (tree: Tree): string => {
    const bytes = encodeOfficial("traces", span({ attributes: [{ key: "k", value: tree }] }));
    const json = new TextDecoder().decode(encodeJsonRequest("traces", bytes));
    return /"value":(.*?)\}\]\}\]\}\]\}\]\}$/.exec(json)?.[1] ?? json;
  };

  test.each([
    [{ doubleValue: Number.NaN }, '{"doubleValue":"NaN"}'],
    [{ doubleValue: -Infinity }, '{"doubleValue":"-Infinity"}'],
    [{ doubleValue: -0 }, '{"doubleValue":-0}'],
    [{ doubleValue: 1e300 }, '{"doubleValue":1e+300}'],
    [{ intValue: "-9223372036854775808" }, '{"intValue":"-9223372036854775808"}'],
    [{ intValue: 0 }, '{"intValue":"0"}'],
    [{ bytesValue: Uint8Array.of(0, 255, 62, 63) }, '{"bytesValue":"AP8+Pw=="}'],
    [{ bytesValue: new Uint8Array() }, '{"bytesValue":""}'],
    [{ stringValue: 'a"\\\n\u0000\u{1F9ED}' }, '{"stringValue":"a\\"\\\\\\n\\u0000\u{1F9ED}"}'],
    [{ boolValue: false }, '{"boolValue":false}'],
    [{ arrayValue: { values: [] } }, '{"arrayValue":{}}'],
    [{}, "{}"],
  ])("writes %j", (tree, expected) => {
    expect(value(tree)).toBe(expected);
  });

  test("writes ids in hex, enums as integers and times as text", () => {
    const traceId = Uint8Array.from({ length: 16 }, (_, index) => index);
    const bytes = encodeOfficial("traces", span({ traceId, kind: 2, startTimeUnixNano: "1" }));
    expect(jsonOf("traces", bytes)).toEqual(
      span({ traceId: "000102030405060708090a0b0c0d0e0f", kind: 2, startTimeUnixNano: "1" }),
    );
  });

  test("reads repeated numbers packed, unpacked and in several runs", () => {
    // HistogramDataPoint.bucket_counts = 6: one run of two, one alone, an empty run, one run of one.
    const fixed = (n: number): number[] => [n, 0, 0, 0, 0, 0, 0, 0];
    const runs = [
      [0x32, 16, ...fixed(1), ...fixed(2)],
      [0x31, ...fixed(3)],
      [0x32, 0],
    ];
    const point = [...runs.flat(), 0x32, 8, ...fixed(4)];
    let bytes = point;
    for (const tag of [0x0a, 0x4a, 0x12, 0x12, 0x0a]) bytes = [tag, bytes.length, ...bytes];
    expect(jsonOf("metrics", Uint8Array.from(bytes))).toEqual({
      resourceMetrics: [
        {
          scopeMetrics: [
            { metrics: [{ histogram: { dataPoints: [{ bucketCounts: ["1", "2", "3", "4"] }] } }] },
          ],
        },
      ],
    });
  });

  test("leaves out fields that it does not know, and fields of another wire type", () => {
    const unknown = [0xa2, 0x06, 0x01, 0x00]; // field 100
    const wrongType = [0x08, 0x05]; // resource_spans as a varint
    expect(jsonOf("traces", Uint8Array.from([...unknown, ...wrongType]))).toEqual({});
  });

  test("refuses bytes that are no protobuf", () => {
    expect(() => jsonOf("traces", Uint8Array.of(0x0a, 0xff))).toThrow("cut off");
  });
});
