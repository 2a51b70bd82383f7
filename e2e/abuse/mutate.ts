// mutate.ts — ways to spoil the bytes of a request: some that no checksum would miss, some that a decoder must see.

import type { Chance } from "./chance.ts";

const INTERESTING = [0x00, 0x01, 0x0a, 0x12, 0x7f, 0x80, 0xff, 0x22, 0x5b, 0x5c, 0x7b];
/** The end of a varint that never ends, and lengths beyond anything. */
const LENGTHS = ["ffffffff0f", "ffffffffffffffffff01", "8080808008", "80808080808080808080"].map(
  (hex) => Buffer.from(hex, "hex"),
);

type Mutation = (body: Buffer, chance: Chance, other: Buffer) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  setBytes,
  truncate,
  insert,
  remove,
  repeat,
  splice,
  lieAboutLength,
  nest,
];

/** One to four spoilings, one after the other. `other` is another good body, to take parts of. */
export function mutate(body: Buffer, chance: Chance, other: Buffer): Buffer {
  let spoilt = body;
  for (let left = 1 + chance.integer(4); left > 0; left--) {
    spoilt = chance.pick(MUTATIONS)(spoilt, chance, other);
  }
  return spoilt;
}

function flipBits(body: Buffer, chance: Chance): Buffer {
  const spoilt = Buffer.from(body);
  for (let left = 1 + chance.integer(8); left > 0 && body.length > 0; left--) {
    const at = chance.integer(body.length);
    spoilt[at] = spoilt[at]! ^ (1 << chance.integer(8));
  }
  return spoilt;
}

function setBytes(body: Buffer, chance: Chance): Buffer {
  const spoilt = Buffer.from(body);
  for (let left = 1 + chance.integer(4); left > 0 && body.length > 0; left--) {
    spoilt[chance.integer(body.length)] = chance.pick(INTERESTING);
  }
  return spoilt;
}

function truncate(body: Buffer, chance: Chance): Buffer {
  return body.subarray(0, chance.integer(body.length + 1));
}

function insert(body: Buffer, chance: Chance): Buffer {
  const at = chance.integer(body.length + 1);
  const extra = Buffer.from(
    Array.from({ length: 1 + chance.integer(16) }, () => chance.integer(256)),
  );
  return Buffer.concat([body.subarray(0, at), extra, body.subarray(at)]);
}

function remove(body: Buffer, chance: Chance): Buffer {
  const at = chance.integer(body.length + 1);
  return Buffer.concat([body.subarray(0, at), body.subarray(at + 1 + chance.integer(16))]);
}

/** A part several times: fields that are there twice, keys that repeat. */
function repeat(body: Buffer, chance: Chance): Buffer {
  const at = chance.integer(body.length + 1);
  const part = body.subarray(at, at + 1 + chance.integer(200));
  const times = 1 + chance.integer(20);
  return Buffer.concat([
    body.subarray(0, at),
    ...Array<Buffer>(times).fill(part),
    body.subarray(at),
  ]);
}

/** The beginning of one request and the end of another. */
function splice(body: Buffer, chance: Chance, other: Buffer): Buffer {
  const cut = chance.integer(body.length + 1);
  return Buffer.concat([body.subarray(0, cut), other.subarray(chance.integer(other.length + 1))]);
}

function lieAboutLength(body: Buffer, chance: Chance): Buffer {
  const at = chance.integer(body.length + 1);
  return Buffer.concat([body.subarray(0, at), chance.pick(LENGTHS), body.subarray(at + 1)]);
}

/** Something inside itself, many times: lists of lists in protobuf and in JSON. */
function nest(body: Buffer, chance: Chance): Buffer {
  const at = chance.integer(body.length + 1);
  const depth = 1 + chance.integer(2_000);
  const opening = chance.pick([
    Buffer.from("["),
    Buffer.from('{"a":'),
    Buffer.from("2a020a00", "hex"),
  ]);
  return Buffer.concat([
    body.subarray(0, at),
    ...Array<Buffer>(depth).fill(opening),
    body.subarray(at),
  ]);
}
