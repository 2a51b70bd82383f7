// protobuf.ts — the few words of protobuf that a ready-made request is written with.

/** An encoded field, tag included. */
export type Field = Buffer;

export function message(...fields: readonly Field[]): Buffer {
  return Buffer.concat(fields);
}

export function bytes(field: number, value: Uint8Array): Field {
  return Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
}

export function text(field: number, value: string): Field {
  return bytes(field, Buffer.from(value));
}

export function number(field: number, value: number): Field {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

export function fixed64(field: number, value: Uint8Array): Field {
  return Buffer.concat([varint((field << 3) | 1), value]);
}

function varint(value: number): Buffer {
  const encoded: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) encoded.push((rest % 0x80) | 0x80);
  return Buffer.from([...encoded, rest]);
}
