// otlp-string.ts — strings of the exact text. Some senders encode a string that was cut in the middle of
// a surrogate pair: three bytes ED A0..BF xx, which are not UTF-8. JSON can write that half as "\ud83d".

import { isUtf8 } from "node:buffer";
import type { ByteWriter } from "./byte-writer.ts";
import { decodeUtf8 } from "./byte-writer.ts";
import { writeJsonString } from "./json-text.ts";

/** As {@link writeJsonString}, but halves of surrogate pairs survive as `\udxxx`. */
export function writeOtlpString(
  out: ByteWriter,
  source: Uint8Array,
  start: number,
  length: number,
): void {
  if (isUtf8(source.subarray(start, start + length))) {
    writeJsonString(out, source, start, length);
    return;
  }
  out.writeBytes(Buffer.from(JSON.stringify(decodeWithHalves(source, start, start + length))));
}

function decodeWithHalves(source: Uint8Array, start: number, end: number): string {
  let text = "";
  let from = start;
  for (let at = start; at + 2 < end; at++) {
    const second = source[at + 1] as number;
    if (source[at] !== 0xed || second < 0xa0 || second > 0xbf) continue;
    const unit = 0xd000 | ((second & 0x3f) << 6) | ((source[at + 2] as number) & 0x3f);
    text += decodeUtf8(source, from, at - from) + String.fromCharCode(unit);
    from = at + 3;
    at += 2;
  }
  return text + decodeUtf8(source, from, end - from);
}
