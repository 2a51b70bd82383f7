// instant.ts — a time as the SDK keeps it, to the 64-bit nanoseconds of OTLP without losing one.
//
// Nanoseconds since 1970 do not fit a double and a BigInt costs as much as an attribute, so the product is
// made in two parts that are exact:  ns = 2^16 · upper + lower  with  upper < 2^45,  lower < 2^37.

import type { ProtobufWriter } from "./protobuf-writer.ts";

/** A point on the wall clock that times are measured from: whole milliseconds since 1970 and nanoseconds beyond. */
export interface TimeAnchor {
  readonly wholeMs: number;
  readonly ns: number;
}

const NS_PER_MS = 1_000_000;
const TWO_POW_16 = 65_536;
const TWO_POW_32 = 4_294_967_296;

/** A fixed64 field: `ms` milliseconds after `anchor`; what lies before 1970 is 0. */
export function encodeInstant(
  writer: ProtobufWriter,
  field: number,
  anchor: TimeAnchor,
  ms: number,
): void {
  writer.tag(field, 1);
  const at = writer.reserve(8);
  putInstant(writer.view, at, anchor, ms);
  writer.advance(at + 8);
}

/** The eight bytes of the same at `at`. hot: see bench/trace. */
export function putInstant(view: DataView, at: number, anchor: TimeAnchor, ms: number): void {
  const sinceAnchorNs = anchor.ns + Math.round(ms * NS_PER_MS);
  const sinceAnchorMs = Math.floor(sinceAnchorNs / NS_PER_MS);
  const wholeMs = anchor.wholeMs + sinceAnchorMs;
  if (wholeMs < 0) {
    view.setUint32(at, 0, true);
    view.setUint32(at + 4, 0, true);
    return;
  }
  const wholeHigh = Math.floor(wholeMs / TWO_POW_16);
  const upper = wholeHigh * NS_PER_MS;
  const lower =
    (wholeMs - wholeHigh * TWO_POW_16) * NS_PER_MS + (sinceAnchorNs - sinceAnchorMs * NS_PER_MS);
  const upperHigh = Math.floor(upper / TWO_POW_16);
  const low = (upper - upperHigh * TWO_POW_16) * TWO_POW_16 + lower;
  const carry = Math.floor(low / TWO_POW_32);
  view.setUint32(at, low - carry * TWO_POW_32, true);
  view.setUint32(at + 4, upperHigh + carry, true);
}
