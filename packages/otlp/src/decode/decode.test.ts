import protobufjs from "protobufjs";
import { describe, expect, test } from "vitest";
import { encodeOfficial, viewBatch } from "../conformance/conformance.ts";
import {
  decodeRequest,
  MalformedPayloadError,
  readAttributeEntries,
  readAttributes,
  readSpanId,
  readString,
  transferablesOf,
} from "../index.ts";

const TRACE_ID = Uint8Array.from({ length: 16 }, (_, at) => at);
const SPAN_ID = Uint8Array.from({ length: 8 }, (_, at) => at + 1);
const ID_RULE = { trace: "is not 16 bytes long (32 hex digits in JSON)" };

describe("decodeRequest, rows that are wrong alone", () => {
  test.each([
    [
      "a trace id of 5 bytes",
      { traceId: new Uint8Array(5) },
      `.trace_id at byte 9: the id ${ID_RULE.trace}`,
    ],
    [
      "a trace id of zeros",
      { traceId: new Uint8Array(16) },
      ".trace_id at byte 9: the id is empty or all zero",
    ],
    [
      "an empty span id",
      { spanId: new Uint8Array() },
      ".span_id at byte 27: the id is empty or all zero",
    ],
    ["a parent id of 3 bytes", { parentSpanId: new Uint8Array(3) }, "the id is not 8 bytes long"],
  ])("%s rejects the span, names the field and touches no neighbour", (_, wrong, message) => {
    const good = (name: string) => ({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      name,
      attributes: [pair(name)],
    });
    const batch = decodeSpans([
      { ...good("wrong"), ...wrong, events: [{ name: "e" }], links: [{}] },
      good("a"),
      good("b"),
    ]);

    expect(batch.rejected.count).toBe(1);
    expect(batch.rejected.message).toContain("resource_spans[0].scope_spans[0].spans[0]");
    expect(batch.rejected.message).toContain(message);
    expect(batch.rowCount).toBe(2);
    expect(batch.events.count).toBe(0);
    expect(batch.links.count).toBe(0);
    expect(batch.attributes.count).toBe(2);
    expect([0, 1].map((row) => readString(batch, batch.spans.name, row))).toEqual(["a", "b"]);
    const ranges = [...batch.spans.attributes];
    expect(readAttributes(batch, ranges[1]!, ranges[2]!)).toEqual({ b: "b" });
  });

  test("a missing id is said to be missing", () => {
    const { rejected } = decodeSpans([{ spanId: SPAN_ID, name: "x" }, { traceId: TRACE_ID }]);
    expect(rejected).toEqual({
      count: 2,
      message: "resource_spans[0].scope_spans[0].spans[0] at byte 5: trace_id is missing",
    });
  });

  test("all 17 million spans of a request may be wrong", () => {
    const count = 17 * 2 ** 20;
    const spans = Buffer.alloc(2 * count, Uint8Array.of(0x12, 0x00));
    const writer = protobufjs.Writer.create();
    writer.uint32(0x0a).fork().uint32(0x12).bytes(spans).ldelim();
    const batch = decodeRequest("traces", "protobuf", Uint8Array.from(writer.finish()));
    expect(batch.rowCount).toBe(0);
    expect(batch.rejected).toEqual({
      count,
      message: expect.stringMatching(
        /^resource_spans\[0\]\.scope_spans\[0\]\.spans\[0\] .* trace_id is missing$/,
      ),
    });
  });

  test("a parent id of eight zero bytes is a root", () => {
    const batch = decodeSpans([
      { traceId: TRACE_ID, spanId: SPAN_ID, parentSpanId: new Uint8Array(8) },
    ]);
    expect(batch.rejected.count).toBe(0);
    expect(readSpanId(batch.spans.parentSpanId, 0)).toBe("0000000000000000");
  });

  test("of an id that is sent twice the last one counts", () => {
    const twice = message((span) => {
      span.uint32(10).bytes(new Uint8Array(3)).uint32(10).bytes(TRACE_ID);
      span.uint32(18).bytes(SPAN_ID);
    });
    expect(decodeRequest("traces", "protobuf", twice).rowCount).toBe(1);
  });

  test("a link or log record with an id of a wrong length stays, without the id, and it is said", () => {
    const span = {
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      links: [{ traceId: new Uint8Array(5), spanId: SPAN_ID }],
    };
    const batch = decodeSpans([span]);
    expect(batch.rejected.count).toBe(0);
    expect(batch.rejected.message).toMatch(
      /links\[0\]\.trace_id at byte \d+: the id is ignored, it is not 16 bytes long/,
    );
    expect(batch.links.traceId).toEqual(new Uint8Array(16));

    const logs = decodeRequest(
      "logs",
      "protobuf",
      encodeOfficial("logs", {
        resourceLogs: [{ scopeLogs: [{ logRecords: [{ traceId: TRACE_ID, spanId: TRACE_ID }] }] }],
      }),
    );
    expect(logs.rowCount).toBe(1);
    expect(logs.logs.traceId).toEqual(TRACE_ID);
    expect(logs.logs.spanId).toEqual(new Uint8Array(8));
    expect(logs.rejected.message).toContain("log_records[0].span_id");
  });

  test("in JSON the field has its JSON name and no byte", () => {
    const json = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"zz","spanId":"0102030405060708"}]}]}]}`;
    expect(decodeRequest("traces", "json", bytesOf(json)).rejected).toEqual({
      count: 1,
      message: `resourceSpans[0].scopeSpans[0].spans[0].traceId: the id ${ID_RULE.trace}`,
    });
  });
});

describe("decodeRequest, what a decoder must accept", () => {
  test("an empty body is an empty request", () => {
    for (const signal of ["traces", "logs", "metrics"] as const) {
      expect(decodeRequest(signal, "protobuf", new Uint8Array()).rowCount).toBe(0);
      expect(decodeRequest(signal, "json", bytesOf(" {} ")).rowCount).toBe(0);
    }
  });

  test("unknown fields of every wire type are skipped, at every level", () => {
    const unknown = (writer: protobufjs.Writer) =>
      writer
        .uint32(800)
        .uint64(7)
        .uint32(801)
        .double(1)
        .uint32(802)
        .string("x")
        .uint32(805)
        .fixed32(1);
    const body = protobufjs.Writer.create();
    unknown(body).uint32(10).fork();
    unknown(body).uint32(18).fork();
    unknown(body).uint32(18).fork();
    unknown(body).uint32(10).bytes(TRACE_ID).uint32(18).bytes(SPAN_ID).uint32(74).fork();
    unknown(body).uint32(10).string("key").uint32(18).fork();
    unknown(body).uint32(24).int64(5).ldelim().ldelim().ldelim().ldelim().ldelim();

    const batch = decodeRequest("traces", "protobuf", body.finish());
    expect(readAttributes(batch, 0, 1)).toEqual({ key: 5 });
  });

  test("a known field with another wire type is skipped as unknown", () => {
    const body = message((span) => {
      span.uint32(10).bytes(TRACE_ID).uint32(18).bytes(SPAN_ID);
      span.uint32(5 << 3).uint32(9); // name as a varint
      span.uint32((6 << 3) | 2).string("kind as text");
    });
    const batch = decodeRequest("traces", "protobuf", body);
    expect(readString(batch, batch.spans.name, 0)).toBe("");
    expect(batch.spans.kind[0]).toBe(0);
  });

  test("repeated numbers may be packed, not packed, or both", () => {
    const body = protobufjs.Writer.create();
    body.uint32(10).fork().uint32(18).fork().uint32(18).fork().uint32(74).fork().uint32(10).fork();
    body
      .uint32((6 << 3) | 1)
      .fixed64(1)
      .uint32((6 << 3) | 2)
      .fork()
      .fixed64(2)
      .fixed64(3)
      .ldelim();
    body
      .uint32((7 << 3) | 1)
      .double(0.5)
      .uint32((7 << 3) | 2)
      .fork()
      .double(1.5)
      .ldelim();
    body.ldelim().ldelim().uint32(82).fork().uint32(10).fork();
    body.uint32(66).fork().uint32(16).uint64(4).uint32(18).fork().uint64(5).uint64(600).ldelim();
    body.ldelim().ldelim().ldelim().ldelim();
    // One metric with data of two types is refused, so the second is a metric of its own below.
    expect(() => decodeRequest("metrics", "protobuf", body.ldelim().ldelim().finish())).toThrow(
      "the metric has data of two types",
    );

    const histogram = metricOf(74, (point) => {
      point.uint32((6 << 3) | 1).fixed64(1);
      point
        .uint32((6 << 3) | 2)
        .fork()
        .fixed64(2)
        .fixed64(3)
        .ldelim();
      point.uint32((7 << 3) | 1).double(0.5);
      point
        .uint32((7 << 3) | 2)
        .fork()
        .double(1.5)
        .ldelim();
    });
    expect([...histogram.histograms.bucketCountValues]).toEqual([1n, 2n, 3n]);
    expect([...histogram.histograms.explicitBoundValues]).toEqual([0.5, 1.5]);

    const exponential = metricOf(82, (point) => {
      point.uint32(66).fork().uint32(16).uint64(4);
      point.uint32(18).fork().uint64(5).uint64(600).ldelim().ldelim();
    });
    expect([...exponential.exponentials.positiveValues]).toEqual([4n, 5n, 600n]);
  });

  test("fields may come in any order and in pieces", () => {
    const body = message((span) => {
      span.uint32(74).fork().uint32(10).string("a").ldelim();
      span.uint32(90).fork().uint32(26).fork().uint32(10).string("of event").ldelim().ldelim();
      span.uint32(74).fork().uint32(18).fork().uint32(16).bool(true).ldelim();
      span.uint32(10).string("b").ldelim();
      span.uint32(18).bytes(SPAN_ID).uint32(10).bytes(TRACE_ID);
    });
    const batch = decodeRequest("traces", "protobuf", body);
    const [start, end] = batch.spans.attributes;
    expect(readAttributeEntries(batch, start!, end!)).toEqual([
      ["a", null],
      ["b", true],
    ]);
    expect(readAttributes(batch, batch.events.attributes[0]!, batch.events.attributes[1]!)).toEqual(
      {
        "of event": null,
      },
    );
  });

  test("a key that occurs twice is kept twice", () => {
    const batch = decodeSpans([
      { traceId: TRACE_ID, spanId: SPAN_ID, attributes: [pair("k", "1"), pair("k", "2")] },
    ]);
    expect(readAttributeEntries(batch, 0, 2)).toEqual([
      ["k", "1"],
      ["k", "2"],
    ]);
    expect(readAttributes(batch, 0, 2)).toEqual({ k: "2" });
  });

  test("of an AnyValue with two values the last counts", () => {
    const body = message((span) => {
      span.uint32(10).bytes(TRACE_ID).uint32(18).bytes(SPAN_ID);
      span.uint32(74).fork().uint32(10).string("k").uint32(18).fork();
      span.uint32(24).int64(5).uint32(16).bool(true).ldelim().ldelim();
    });
    expect(readAttributes(decodeRequest("traces", "protobuf", body), 0, 1)).toEqual({ k: true });
  });

  test("bytes that are no UTF-8 read as U+FFFD, and so does half a surrogate pair of JSON", () => {
    const body = message((span) => {
      span.uint32(10).bytes(TRACE_ID).uint32(18).bytes(SPAN_ID);
      span.uint32(42).bytes(Uint8Array.of(0x61, 0xff, 0x62));
    });
    const batch = decodeRequest("traces", "protobuf", body);
    expect(readString(batch, batch.spans.name, 0)).toBe("a\ufffdb");

    const json = String.raw`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityText":"a\ud83eb"}]}]}]}`;
    const logs = decodeRequest("logs", "json", bytesOf(json));
    expect(readString(logs, logs.logs.severityText, 0)).toBe("a\ufffdb");
  });

  test("values are nested up to 100 levels and refused beyond, in both encodings", () => {
    const nest = (levels: number) => {
      let value: object = { stringValue: "deep" };
      for (let level = 0; level < levels; level++) value = { arrayValue: { values: [value] } };
      return { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: value }] }] }] };
    };
    for (const levels of [1, 99, 100]) {
      expect(decodeRequest("logs", "protobuf", encodeOfficial("logs", nest(levels))).rowCount).toBe(
        1,
      );
      expect(decodeRequest("logs", "json", bytesOf(JSON.stringify(nest(levels)))).rowCount).toBe(1);
    }
    expect(() => decodeRequest("logs", "protobuf", encodeOfficial("logs", nest(101)))).toThrow(
      "nested more than 100 levels deep",
    );
    expect(() => decodeRequest("logs", "json", bytesOf(JSON.stringify(nest(101))))).toThrow(
      MalformedPayloadError,
    );
    const bomb = '{"arrayValue":{"values":['.repeat(100_000);
    expect(() =>
      decodeRequest(
        "logs",
        "json",
        bytesOf(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${bomb}`),
      ),
    ).toThrow("the values are nested too deeply");
  });
});

describe("decodeRequest, what it refuses", () => {
  test.each([
    [
      "a length beyond the body",
      [0x0a, 0x05, 0x00],
      "resource_spans[0] at byte 1: the length passes the end",
    ],
    ["a group", [0x0b], "resource_spans[0] at byte 0: the field is a group"],
    [
      "a varint without end",
      Array<number>(12).fill(0x80),
      "byte 0: the number has more than 10 bytes",
    ],
    ["a field number of zero", [0x00], "byte 0: field number 0"],
    [
      "a message inside that is cut off",
      [0x0a, 0x04, 0x12, 0x02, 0x12, 0x09],
      "resource_spans[0].scope_spans[0].spans[0] at byte 5: the length passes the end of its message at byte 6",
    ],
    [
      "a number that crosses the end of its message",
      [0x0a, 0x03, 0x0a, 0x01, 0x10, 0x05],
      "resource_spans[0].resource.dropped_attributes_count at byte 4",
    ],
    ["JSON's brace as protobuf", [...bytesOf('{"resourceSpans":[]}')], "field 15 at byte"],
  ])("%s, by the name of the field and the byte", (_, bytes, message) => {
    const decode = () => decodeRequest("traces", "protobuf", Uint8Array.from(bytes));
    expect(decode).toThrow(MalformedPayloadError);
    expect(decode).toThrow(`Cannot decode traces request: ${message}`);
  });

  test("a list of 8-byte numbers that are not", () => {
    expect(() => metricOf(74, (point) => point.uint32(50).bytes(new Uint8Array(7)))).toThrow(
      "metrics[0].histogram.data_points[0].bucket_counts[0] at byte 12: 7 bytes hold no list of 8-byte numbers",
    );
  });

  test("a small body that asks for columns of more than 256 MiB", () => {
    const emptyPoints = new Uint8Array(2 * 3_000_000).map((_, at) => (at % 2 === 0 ? 0x0a : 0));
    const wrap = (tag: number, bytes: Uint8Array) =>
      protobufjs.Writer.create().uint32(tag).bytes(bytes).finish();
    const body = wrap(10, wrap(18, wrap(18, wrap(82, emptyPoints))));
    expect(() => decodeRequest("metrics", "protobuf", body)).toThrow(
      /its columns need \d+ bytes, the limit is 268435456: send fewer rows per request$/,
    );
  });
});

describe("transferablesOf", () => {
  test("gives two buffers, and a clone made with them is the same batch", () => {
    const batch = decodeSpans([{ traceId: TRACE_ID, spanId: SPAN_ID, attributes: [pair("k")] }]);
    const before = viewBatch(batch);
    const transfer = transferablesOf(batch);
    expect(transfer).toHaveLength(2);
    const moved = structuredClone(batch, { transfer });
    expect(viewBatch(moved)).toEqual(before);
    expect(batch.arena.byteLength).toBe(0);
  });

  test("a body that is a slice of a larger buffer is copied, so that the others keep theirs", () => {
    const pool = new Uint8Array(1000);
    const bytes = encodeOfficial("traces", spansOf([{ traceId: TRACE_ID, spanId: SPAN_ID }]));
    pool.set(bytes, 10);
    const batch = decodeRequest("traces", "protobuf", pool.subarray(10, 10 + bytes.length));
    structuredClone(batch, { transfer: transferablesOf(batch) });
    expect(pool.byteLength).toBe(1000);

    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const copied = decodeRequest("traces", "protobuf", shared);
    expect(() => structuredClone(copied, { transfer: transferablesOf(copied) })).not.toThrow();
  });

  test("a body alone in its buffer is the arena itself", () => {
    const bytes = encodeOfficial("traces", spansOf([{ traceId: TRACE_ID, spanId: SPAN_ID }]));
    expect(decodeRequest("traces", "protobuf", bytes).arena.buffer).toBe(bytes.buffer);
  });
});

function spansOf(spans: object[]): object {
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

function decodeSpans(spans: object[]) {
  return decodeRequest("traces", "protobuf", encodeOfficial("traces", spansOf(spans)));
}

function pair(key: string, value = key): object {
  return { key, value: { stringValue: value } };
}

/** A trace request with one span, written field by field. */
function message(write: (span: protobufjs.Writer) => void): Uint8Array {
  const body = protobufjs.Writer.create();
  body.uint32(10).fork().uint32(18).fork().uint32(18).fork();
  write(body);
  return body.ldelim().ldelim().ldelim().finish();
}

/** A metrics request with one point of the data whose tag is `tag`, written field by field and decoded. */
function metricOf(tag: number, write: (point: protobufjs.Writer) => void) {
  const body = protobufjs.Writer.create();
  body.uint32(10).fork().uint32(18).fork().uint32(18).fork().uint32(tag).fork().uint32(10).fork();
  write(body);
  const bytes = body.ldelim().ldelim().ldelim().ldelim().ldelim().finish();
  return decodeRequest("metrics", "protobuf", bytes);
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
