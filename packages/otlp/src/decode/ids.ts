// ids.ts — trace and span ids: 16 and 8 bytes, not all zero (W3C Trace Context; OTLP trace.proto).
//
// A span cannot stand without its own ids or with a parent id that cannot be one: it is rejected. An id that only
// points elsewhere (of a link, a log record, an exemplar) and has a wrong length is read as absent, and said so.

import type { Findings } from "./findings.ts";
import type { WireReader } from "./wire.ts";

export const TRACE_ID_BYTES = 16;
export const SPAN_ID_BYTES = 8;

/** Passes over the id that starts here. Returns undefined when it is one, and otherwise what is wrong with it. */
export function checkId(reader: WireReader, end: number, sizeBytes: number): string | undefined {
  const valueEnd = reader.readEnd(end);
  const length = valueEnd - reader.position;
  const problem =
    length !== sizeBytes
      ? describeLength(length, sizeBytes)
      : reader.isAnyByteSet(valueEnd)
        ? undefined
        : ID_ALL_ZERO;
  reader.position = valueEnd;
  return problem;
}

export const ID_MISSING = "is missing";
export const ID_ALL_ZERO = "is all zero";

function describeLength(lengthBytes: number, wantedBytes: number): string {
  if (lengthBytes === 0) return ID_MISSING;
  return `has not the ${wantedBytes} bytes (${wantedBytes * 2} hex digits in JSON) of an id`;
}

/** Passes over an id that may be absent, and notes a wrong length. */
export function checkPointer(
  reader: WireReader,
  end: number,
  sizeBytes: number,
  findings: Findings,
): void {
  const offset = reader.position;
  const problem = checkId(reader, end, sizeBytes);
  if (problem === undefined || problem === ID_MISSING || problem === ID_ALL_ZERO) return;
  findings.ignore({ offset, problem: `${problem} and is ignored` });
}

/** Copies the id that starts here into `row` of `column`. A wrong length leaves the row all zero, which means absent. */
export function readId(
  reader: WireReader,
  end: number,
  column: Uint32Array,
  row: number,
  sizeBytes: number,
): void {
  const valueEnd = reader.readEnd(end);
  const words = sizeBytes >>> 2;
  if (valueEnd - reader.position === sizeBytes) reader.copyWords(valueEnd, column, row * words);
  else column.fill(0, row * words, (row + 1) * words);
  reader.position = valueEnd;
}
