import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeSpoolFile, encodeSpoolFile, formatFileName, parseFileName } from "./spool-file.ts";

const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 });

describe("a spool file", () => {
  test("holds the request and its count", () => {
    fc.assert(
      fc.property(chunks, fc.nat(), (given, itemCount) => {
        const decoded = decodeSpoolFile(encodeSpoolFile(given, itemCount));
        expect(decoded?.itemCount).toBe(itemCount);
        expect(Buffer.from(decoded!.body).equals(Buffer.concat(given))).toBe(true);
      }),
    );
  });

  test("that was cut at whatever byte is recognised", () => {
    const file = encodeSpoolFile([Buffer.from("some bytes of a request")], 3);
    for (let size = 0; size < file.length; size++) {
      expect(decodeSpoolFile(file.subarray(0, size))).toBeUndefined();
    }
    expect(decodeSpoolFile(Buffer.concat([file, Buffer.from([0])]))).toBeUndefined();
  });

  test("with any byte changed is recognised", () => {
    const file = encodeSpoolFile([Buffer.from("some bytes of a request")], 3);
    for (let at = 0; at < file.length; at++) {
      const damaged = Buffer.from(file);
      damaged[at]! ^= 1;
      expect(decodeSpoolFile(damaged)).toBeUndefined();
    }
  });

  test("is named by its place, its records and its size, and sorts by its place", () => {
    const names = [2, 10, 1].map((sequence) =>
      formatFileName({ sequence, itemCount: 512, sizeBytes: 48_213 }),
    );
    expect(names.toSorted().map((name) => parseFileName(name)?.sequence)).toEqual([1, 2, 10]);
    expect(parseFileName(names[0]!)).toEqual({ sequence: 2, itemCount: 512, sizeBytes: 48_213 });
    expect(parseFileName(".DS_Store")).toBeUndefined();
  });
});
