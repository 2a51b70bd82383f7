import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, FrameReader } from "./frame.ts";

/** What is left of a body that comes in these parts. */
function read(parts: readonly Uint8Array[], sizeBytesMax = 1_000) {
  const reader = new FrameReader(sizeBytesMax);
  const message = Buffer.concat(parts.map((part) => Buffer.from(reader.read(part))));
  return { message, isCompressed: reader.end() };
}

describe("FrameReader", () => {
  test("takes the header off, however the body is cut into parts", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.nat(305), { maxLength: 8 }),
        (message, cuts) => {
          const body = encodeFrame(message);
          const places = [0, ...cuts.map((cut) => cut % (body.length + 1)), body.length].toSorted(
            (a, b) => a - b,
          );
          const parts = places.slice(1).map((to, at) => body.subarray(places[at], to));
          const frame = read(parts);
          expect(Buffer.compare(frame.message, message)).toBe(0);
          expect(frame.isCompressed).toBe(false);
        },
      ),
    );
  });

  test("refuses a size beyond the limit as soon as it knows it", () => {
    const reader = new FrameReader(1_000);
    reader.read(Uint8Array.of(0, 0, 0, 0x03));
    expect(() => reader.read(Uint8Array.of(0xe9))).toThrow("it is larger than 1000 bytes");
    expect(read([encodeFrame(new Uint8Array(1_000))]).message).toHaveLength(1_000);
  });

  test.each([
    ["nothing", []],
    ["half a header", [0, 0, 0]],
    ["a message that is cut off", [0, 0, 0, 0, 2, 1]],
  ])("refuses %s", (_, bytes) => {
    expect(() => read([Uint8Array.from(bytes)])).toThrow("its message is cut off");
  });

  test("refuses a second message, and a first byte of no meaning", () => {
    expect(() => read([Uint8Array.of(0, 0, 0, 0, 1, 7, 0)])).toThrow("more than one message");
    expect(() => read([Uint8Array.of(2, 0, 0, 0, 0)])).toThrow("is 2, and must be 0 or 1");
    expect(read([Uint8Array.of(1, 0, 0, 0, 0)]).isCompressed).toBe(true);
  });
});
