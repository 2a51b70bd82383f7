import { describe, expect, test } from "vitest";
import { WireError, WireReader } from "./wire-reader.ts";

describe("WireReader", () => {
  test("reads varints of up to 64 bits as two halves", () => {
    expect(varint([0x00])).toEqual([0, 0]);
    expect(varint([0xac, 0x02])).toEqual([300, 0]);
    expect(varint([0xff, 0xff, 0xff, 0xff, 0x0f])).toEqual([-1, 0]);
    expect(varint([0x80, 0x80, 0x80, 0x80, 0x10])).toEqual([0, 1]);
    expect(varint([...Array<number>(9).fill(0xff), 0x01])).toEqual([-1, -1]);
  });

  test("reads a varint that was padded, as encoders write lengths they do not know yet", () => {
    expect(varint([0x85, 0x80, 0x00])).toEqual([5, 0]);
  });

  test("refuses a varint without end and one that is cut off", () => {
    expect(() => varint(Array<number>(11).fill(0x80))).toThrow("more than 10 bytes");
    expect(() => varint([0x80])).toThrow("cut off");
  });

  test("reads zigzag numbers", () => {
    const numbers = [0, 1, 2, 3, 0x7e].map((byte) => readerOf([byte]).readZigzag32());
    expect(numbers).toEqual([0, -1, 1, -2, 63]);
    expect(readerOf([0xff, 0xff, 0xff, 0xff, 0x0f]).readZigzag32()).toBe(-(2 ** 31));
  });

  test("reads tags of one, two and five bytes", () => {
    expect(readerOf([0x0a]).readTag()).toBe(0x0a);
    expect(readerOf([0x85, 0x01]).readTag()).toBe(0x85);
    expect(readerOf([0xfa, 0xff, 0xff, 0xff, 0x0f]).readTag() >>> 3).toBe(2 ** 29 - 1);
  });

  test("refuses field number 0 and field numbers of more than 32 bits", () => {
    expect(() => readerOf([0x02]).readTag()).toThrow("field number 0");
    expect(() => readerOf([0x80, 0x00]).readTag()).toThrow("field number 0");
    expect(() => readerOf([0x80, 0x80, 0x80, 0x80, 0x80, 0x01]).readTag()).toThrow("too large");
  });

  test("refuses a length that passes the end of the message around it", () => {
    const reader = readerOf([0x03, 1, 2, 3, 4]);
    expect(() => reader.readEnd(3)).toThrow(WireError);
    reader.position = 0;
    expect(reader.readEnd(4)).toBe(4);
    const huge = readerOf([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    expect(() => huge.readEnd(10)).toThrow("passes the end");
  });

  test("an error tells where the value began", () => {
    const reader = readerOf([0x08, 0x01, 0x0a, 0x09]);
    reader.position = 3;
    expect(() => reader.readEnd(4)).toThrow(expect.objectContaining({ offset: 3 }));
  });

  test("skips each wire type and refuses groups", () => {
    const skipped = (tag: number, bytes: number[]) => {
      const reader = readerOf(bytes);
      reader.skip(tag, bytes.length);
      return reader.position;
    };
    expect(skipped(0x08, [0x80, 0x01, 0])).toBe(2);
    expect(skipped(0x09, Array<number>(9).fill(0))).toBe(8);
    expect(skipped(0x0a, [2, 0, 0, 0])).toBe(3);
    expect(skipped(0x0d, Array<number>(9).fill(0))).toBe(4);
    expect(() => skipped(0x0b, [0])).toThrow("group");
    expect(() => skipped(0x0c, [0])).toThrow("group");
    expect(() => skipped(0x0f, [0])).toThrow("wire type 7 is unknown");
  });

  test("finds wanted fields among others, short and long", () => {
    const long = [0xa2, 0x06, 0x01, 0x00]; // field 100, one byte
    const bytes = [0x08, 1, 0x11, ...Array<number>(8).fill(7), 0x1a, 0, ...long, 0x20, 5];
    const reader = readerOf(bytes);
    expect(reader.readTagOf((1 << 4) | (1 << 3), bytes.length)).toBe(0x1a);
    reader.skip(0x1a, bytes.length);
    expect(reader.readTagOf(1 << 4, bytes.length)).toBe(0x20);
    expect(reader.readVarint32()).toBe(5);
    expect(reader.readTagOf(1 << 4, bytes.length)).toBe(0);
  });

  test("refuses a message whose last value passes its end", () => {
    expect(() => readerOf([0x09, 0, 0]).readTagOf(1 << 5, 3)).toThrow("passes the end");
    expect(() => readerOf([0x0a]).readTagOf(1 << 5, 1)).toThrow(WireError);
  });

  test("counts a run of one field up to another, and up to the end", () => {
    const bytes = [1, 9, 0x0a, 0, 0x0a, 0x80, 0x00, 0x10, 1];
    const reader = readerOf(bytes);
    expect(reader.skipRun(0x0a, bytes.length)).toBe(3);
    expect(reader.readTag()).toBe(0x10);
    expect(readerOf([0]).skipRun(0x0a, 1)).toBe(1);
    expect(() => readerOf([5, 1]).skipRun(0x0a, 2)).toThrow("passes the end");
  });

  test("an enum that no byte holds reads as unspecified", () => {
    expect(readerOf([0x05]).readEnum()).toBe(5);
    expect(readerOf([0x80, 0x02]).readEnum()).toBe(0);
    expect(readerOf([...Array<number>(9).fill(0xff), 0x01]).readEnum()).toBe(0);
  });

  test("refuses fixed values that are cut off", () => {
    expect(() => readerOf([1, 2, 3]).readFixed32()).toThrow("cut off");
    expect(() => readerOf([1, 2, 3, 4, 5, 6, 7]).readFixed64()).toThrow("cut off");
    expect(() => readerOf([1]).readFixed64Into(new Uint32Array(2), 0)).toThrow("cut off");
  });
});

function readerOf(bytes: number[]): WireReader {
  return new WireReader(Uint8Array.from(bytes));
}

function varint(bytes: number[]): [low: number, high: number] {
  const reader = readerOf(bytes);
  reader.readVarint64();
  expect(reader.position).toBe(bytes.length);
  return [reader.low, reader.high];
}
