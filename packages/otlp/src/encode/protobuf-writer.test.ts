import fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { ProtobufWriter, varintSizeBytes } from "./protobuf-writer.ts";

/** Reads every field of a flat message as [field, wire type, value]. */
function fieldsOf(bytes: Uint8Array): [number, number, unknown][] {
  const reader = protobuf.Reader.create(bytes);
  const fields: [number, number, unknown][] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    const value =
      wireType === 0
        ? BigInt(reader.uint64().toString())
        : wireType === 1
          ? reader.double()
          : wireType === 2
            ? new Uint8Array(reader.bytes())
            : reader.fixed32();
    fields.push([tag >>> 3, wireType, value]);
  }
  return fields;
}

const utf8 = new TextEncoder();

describe("ProtobufWriter", () => {
  test("writes each kind of field as protobufjs reads it", () => {
    const writer = new ProtobufWriter();
    writer.uint(1, 300);
    writer.string(2, "hé");
    writer.bool(3, true);
    writer.double(4, -1.5);
    writer.fixed32(16, 0xdeadbeef);
    writer.bytes(5, new Uint8Array([1, 2]));

    expect(fieldsOf(writer.finish())).toEqual([
      [1, 0, 300n],
      [2, 2, utf8.encode("hé")],
      [3, 0, 1n],
      [4, 1, -1.5],
      [16, 5, 0xdeadbeef],
      [5, 2, new Uint8Array([1, 2])],
    ]);
  });

  test("writes nothing for proto3 defaults", () => {
    const writer = new ProtobufWriter();
    writer.uint(1, 0);
    writer.string(2, "");
    writer.bool(3, false);
    expect(writer.finish()).toHaveLength(0);
  });

  test("any safe integer survives as int64, and its varint has the size that was announced", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const writer = new ProtobufWriter();
        writer.tag(1, 0);
        writer.signedVarint(value);
        const bytes = writer.finish();
        const [field] = fieldsOf(bytes);
        expect(BigInt.asIntN(64, field![2] as bigint)).toBe(BigInt(value));
        if (value >= 0) expect(bytes.length - 1).toBe(varintSizeBytes(value));
      }),
    );
  });

  test("any text survives, at every length where the size of its length changes", () => {
    const lengths = [0, 1, 15, 16, 17, 42, 43, 126, 127, 128, 129, 5_460, 5_461, 16_383, 16_384];
    for (const length of lengths) {
      for (const character of ["a", "é", "語", "\u{1f600}"]) {
        const text = character.repeat(length);
        const writer = new ProtobufWriter();
        writer.tag(1, 2);
        writer.text(text);
        writer.uint(2, 7);
        expect(fieldsOf(writer.finish())).toEqual([
          [1, 2, utf8.encode(text)],
          [2, 0, 7n],
        ]);
      }
    }
  });

  test("a lone surrogate becomes the replacement character", () => {
    const writer = new ProtobufWriter();
    writer.string(1, "a\ud800b");
    expect(fieldsOf(writer.finish())[0]![2]).toEqual(utf8.encode("a\ufffdb"));
  });

  test.each([0, 1, 127, 128, 2_097_151, 2_097_152, 2_100_000])(
    "a message of %i bytes has a length that decodes",
    (size) => {
      const writer = new ProtobufWriter();
      const outer = writer.beginMessage(1);
      const inner = writer.beginMessage(2);
      writer.raw(new Uint8Array(size).fill(7));
      writer.endMessage(inner);
      writer.uint(3, 1);
      writer.endMessage(outer);
      const [[, , content]] = fieldsOf(writer.finish()) as [[number, number, Uint8Array]];
      const [first, second] = fieldsOf(content);
      expect((first![2] as Uint8Array).length).toBe(size);
      expect(second).toEqual([3, 0, 1n]);
    },
  );

  test("records larger and smaller than a chunk stay whole, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 300 }), { maxLength: 60 }), (sizes) => {
        const writer = new ProtobufWriter({ chunkSizeBytes: 256 });
        const chunks: Uint8Array[] = [];
        sizes.forEach((size, i) => {
          writer.beginRecord();
          const mark = writer.beginMessage(2);
          writer.raw(new Uint8Array(size).fill(i));
          writer.endMessage(mark);
          if (i % 5 === 4) writer.discardRecord();
          else writer.endRecord();
          if (i % 7 === 6) chunks.push(...writer.takeChunks());
        });
        expect(writer.sizeBytes).toBe(
          writer.takeChunks().reduce((sum, chunk) => sum + (chunks.push(chunk), chunk.length), 0),
        );
        const records = chunks.flatMap((chunk) => fieldsOf(chunk)).map(([, , value]) => value);
        expect(records).toEqual(
          sizes.map((size, i) => new Uint8Array(size).fill(i)).filter((_, i) => i % 5 !== 4),
        );
      }),
    );
  });

  test("a full chunk is written again after it was recycled; a nearly empty one is copied", () => {
    const writer = new ProtobufWriter({ chunkSizeBytes: 256 });
    const write = (size: number): Uint8Array[] => {
      writer.beginRecord();
      writer.bytes(1, new Uint8Array(size));
      writer.endRecord();
      return writer.takeChunks();
    };
    const first = write(200);
    writer.recycle(first);
    expect(write(10)[0]!.buffer.byteLength).toBe(12);
    const third = write(180);
    expect(third[0]!.buffer).toBe(first[0]!.buffer);
    expect(fieldsOf(third[0]!)).toEqual([[1, 2, new Uint8Array(180)]]);
  });
});
