// request.ts — ready-made OTLP requests, so that the sender costs next to nothing: one request of 512
// records is encoded once, and ids and times are patched into its bytes before each send.

import { randomFillSync } from "node:crypto";

export type Signal = "traces" | "logs";

export const RECORDS_PER_REQUEST = 512;
const ATTRIBUTES = 10;

/** Encoded request with the places that change. */
export interface ReadyRequest {
  /** Writes fresh ids, and times that end now, into `body`. */
  patch(nowNs: bigint): void;
  readonly body: Buffer<ArrayBuffer>;
}

export function readyRequest(signal: Signal): ReadyRequest {
  const idOffsets: number[] = [];
  const timeOffsets: number[] = [];
  const records = Array.from({ length: RECORDS_PER_REQUEST }, (_, index) =>
    signal === "traces" ? span(index) : logRecord(index),
  );
  const body = Buffer.concat([resourceOf(records)]);
  // The placeholders are unmistakable: ids are eight or sixteen bytes 0xEE, times eight bytes 0xDD.
  findRuns(body, 0xee, idOffsets);
  findRuns(body, 0xdd, timeOffsets);
  return {
    body,
    patch(nowNs) {
      for (const offset of idOffsets) randomFillSync(body, offset, 8);
      for (const [index, offset] of timeOffsets.entries()) {
        body.writeBigUInt64LE(nowNs + BigInt(index), offset);
      }
    },
  };
}

function findRuns(body: Buffer, byte: number, offsets: number[]): void {
  const run = Buffer.alloc(8, byte);
  for (let at = body.indexOf(run); at !== -1; at = body.indexOf(run, at + 8)) offsets.push(at);
}

function span(index: number): Buffer {
  return message(2, [
    field(1, Buffer.alloc(16, 0xee)),
    field(2, Buffer.alloc(8, 0xee)),
    field(5, text(`GET /orders/${index % 20}`)),
    Buffer.from([6 << 3, 2]),
    Buffer.from([(7 << 3) | 1, ...Buffer.alloc(8, 0xdd)]),
    Buffer.from([(8 << 3) | 1, ...Buffer.alloc(8, 0xdd)]),
    ...attributes(index, 9),
  ]);
}

function logRecord(index: number): Buffer {
  return message(2, [
    Buffer.from([(1 << 3) | 1, ...Buffer.alloc(8, 0xdd)]),
    Buffer.from([2 << 3, 9]),
    field(3, text("INFO")),
    field(5, field(1, text(`order ${index} was charged after ${index % 90} ms`))),
    ...attributes(index, 6),
    field(9, Buffer.alloc(16, 0xee)),
    field(10, Buffer.alloc(8, 0xee)),
  ]);
}

function attributes(index: number, fieldNumber: number): Buffer[] {
  return Array.from({ length: ATTRIBUTES }, (_, key) =>
    message(fieldNumber, [
      field(1, text(`attribute.key.number.${key}`)),
      field(2, field(1, text(`value ${(index * 7 + key) % 100}`))),
    ]),
  );
}

function resourceOf(records: readonly Buffer[]): Buffer {
  const service = message(1, [field(1, text("service.name")), field(2, field(1, text("bench")))]);
  const scope = field(1, field(1, text("bench")));
  return field(1, Buffer.concat([field(1, service), field(2, Buffer.concat([scope, ...records]))]));
}

function message(number: number, parts: readonly Buffer[]): Buffer {
  return field(number, Buffer.concat(parts));
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function text(value: string): Buffer {
  return Buffer.from(value);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
