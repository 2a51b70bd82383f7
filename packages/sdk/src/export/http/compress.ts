// compress.ts — a body made smaller. node:zlib is loaded when the first one is.

import { promisify } from "node:util";
import type { Compression } from "../../options/options.ts";

/** The bytes by the encoding's name in HTTP. Deterministic: the same body gives the same bytes. */
export async function compress(
  body: readonly Uint8Array[],
  compression: Exclude<Compression, "none">,
): Promise<Uint8Array> {
  const { gzip, zstdCompress } = await import("node:zlib");
  const bytes = Buffer.concat(body);
  return compression === "zstd" ? promisify(zstdCompress)(bytes) : promisify(gzip)(bytes);
}
