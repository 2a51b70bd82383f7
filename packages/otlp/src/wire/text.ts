// text.ts — UTF-8 of the arena into JavaScript strings, and ids into hex.

/** Most names and keys are short and ASCII; up to here a loop beats the call into TextDecoder (Node 24: read.bench.ts). */
const SHORT_BYTES_MAX = 24;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of a slice. Bytes that are no UTF-8 read as U+FFFD, as everywhere on the web. */
export function decodeText(bytes: Uint8Array, start: number, length: number): string {
  const end = start + length;
  if (length <= SHORT_BYTES_MAX) {
    let text = "";
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x80) return decoder.decode(bytes.subarray(start, end));
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return decoder.decode(bytes.subarray(start, end));
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hex of a slice. */
export function encodeHex(bytes: Uint8Array, start: number, length: number): string {
  let text = "";
  for (let at = start; at < start + length; at++) text += HEX[bytes[at] as number] as string;
  return text;
}
