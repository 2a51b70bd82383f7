import { constants, createZstdCompress, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { MalformedPayloadError } from "@telemetry/otlp";
import { describe, expect, test } from "vitest";
import { PayloadTooLargeError, UnavailableError } from "./errors.ts";
import { inflateBody } from "./inflate.ts";

const MIB = 1_048_576;
const COMPRESSORS = { gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync };
type Encoding = keyof typeof COMPRESSORS;
const ENCODINGS = Object.keys(COMPRESSORS) as Encoding[];

async function inflate(body: Uint8Array, encoding: string, sizeBytesMax = 64 * MIB) {
  let heldBytes = 0;
  const hold = (sizeBytes: number) => (heldBytes += sizeBytes);
  const inflated = await inflateBody(body, encoding, { sizeBytesMax, hold });
  return { inflated, heldBytes };
}

const text = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 7919) % 251));

describe.each(ENCODINGS)("%s", (encoding) => {
  const compress = COMPRESSORS[encoding];

  test.each([0, 1, 1_000, 100_000, 3 * MIB])(
    "of %i bytes is undone, and accounted for",
    async (size) => {
      const { inflated, heldBytes } = await inflate(compress(text(size)), encoding);
      expect(Buffer.compare(inflated, text(size))).toBe(0);
      expect(heldBytes).toBe(size);
    },
  );

  test.each([100, 100_000])("that is cut off is malformed, from %i bytes", async (size) => {
    const body = compress(Buffer.from(Array.from({ length: size }, () => Math.random() * 256)));
    await expect(inflate(body.subarray(0, -7), encoding)).rejects.toThrow(
      new RegExp(`^Cannot decompress request: it is not ${encoding} \\(unexpected end of file\\)$`),
    );
  });

  test("of nothing is nothing", async () => {
    expect((await inflate(new Uint8Array(0), encoding)).inflated).toHaveLength(0);
  });

  test("of one byte more than may be is refused, and exactly that many are taken", async () => {
    for (const size of [1_000, 100_000]) {
      const body = compress(text(size));
      expect((await inflate(body, encoding, size)).inflated).toHaveLength(size);
      await expect(inflate(body, encoding, size - 1)).rejects.toThrow(PayloadTooLargeError);
    }
  });

  test("stops at once when there is no memory for it", async () => {
    let heldBytes = 0;
    const hold = (sizeBytes: number) => {
      heldBytes += sizeBytes;
      if (heldBytes > MIB) throw new UnavailableError("no memory", 1);
    };
    const noise = Buffer.from(Array.from({ length: 20_000 }, () => Math.random() * 256));
    const body = compress(Buffer.concat([noise, Buffer.alloc(60 * MIB)]));
    await expect(inflateBody(body, encoding, { sizeBytesMax: 64 * MIB, hold })).rejects.toThrow(
      UnavailableError,
    );
    expect(heldBytes).toBeLessThan(MIB + 100_000);
  });
});

describe("a bomb", () => {
  test("of zstd is refused by its ratio, long before its size", async () => {
    for (const size of [60 * MIB, 600 * MIB]) {
      const bomb = zstdCompressSync(Buffer.alloc(size));
      const { rejects } = expect(inflate(bomb, "zstd"));
      await rejects.toThrow(PayloadTooLargeError);
    }
  });

  test("of honest repetition is none: 60 MiB of one stack trace", async () => {
    const trace = "    at handle (/app/server.js:12:34)\n".repeat(280);
    const record = (at: number) => `${at} Error: it failed\n${trace}`;
    const logs = Buffer.from(Array.from({ length: 6_000 }, (_, at) => record(at)).join(""));
    expect((await inflate(zstdCompressSync(logs), "zstd")).inflated).toHaveLength(logs.length);
    expect((await inflate(gzipSync(logs), "gzip")).inflated).toHaveLength(logs.length);
  });
});

describe("zstd", () => {
  test("of several frames is all of them, small and large", async () => {
    for (const size of [10, 100_000]) {
      const frames = [text(size), Buffer.from("and "), text(size)];
      const body = Buffer.concat(frames.map((frame) => zstdCompressSync(frame)));
      const { inflated } = await inflate(body, "zstd");
      expect(Buffer.compare(inflated, Buffer.concat(frames))).toBe(0);
    }
  });

  test("of frames without end is refused", async () => {
    const body = Buffer.concat(Array<Buffer>(1_001).fill(zstdCompressSync("frame")));
    await expect(inflate(body, "zstd")).rejects.toThrow("more than 1000 frames");
  });

  test("may want a window of 32 MiB, and no larger one", async () => {
    const compress = async (windowLog: number) => {
      const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: windowLog } });
      stream.write(text(10_000)); // of unknown size, as senders stream it
      stream.end(text(MIB));
      return Buffer.concat(await stream.toArray());
    };
    expect((await inflate(await compress(25), "zstd")).inflated).toHaveLength(MIB + 10_000);
    await expect(inflate(await compress(26), "zstd")).rejects.toThrow(MalformedPayloadError);
  });
});
