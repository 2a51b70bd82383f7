// message-fields.ts — the fields of a small protobuf message, as far as they can be read. An answer may come from a
// server that speaks something else; its bytes yield what looks like fields, and never an error.

export interface MessageField {
  readonly field: number;
  readonly varint?: number;
  readonly bytes?: Uint8Array;
}

export function fieldsOf(body: Uint8Array): MessageField[] {
  const fields: MessageField[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; at < body.length; shift *= 128) {
      const byte = body[at++]!;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < body.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    if (tag % 8 === 0) {
      fields.push({ field, varint: varint() });
    } else if (tag % 8 === 2) {
      const length = varint();
      fields.push({ field, bytes: body.subarray(at, at + length) });
      at += length;
    } else {
      return fields;
    }
  }
  return fields;
}

export function textField(fields: readonly MessageField[], field: number): string {
  const found = fields.find((candidate) => candidate.field === field)?.bytes;
  return found === undefined ? "" : Buffer.from(found).toString("utf8");
}

export function numberField(fields: readonly MessageField[], field: number): number {
  return fields.find((candidate) => candidate.field === field)?.varint ?? 0;
}
