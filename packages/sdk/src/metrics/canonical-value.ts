// canonical-value.ts — makes two equal attribute values equal texts, and keeps a copy that nobody else can change.
//
// A metric's attribute is a string, a boolean, a number, a bigint, or an array or map of them. What is
// none of these (undefined, null, a function) is as if it were not there, as on spans.

/** Nesting below this is dropped: the specification's AttributeValueDepthLimit is larger than any sane label. */
const DEPTH_MAX = 8;

export interface CanonicalValue {
  readonly value: unknown;
  /** Equal for equal values of one type; `1` and `"1"` differ. */
  readonly text: string;
}

export function canonicalValue(value: unknown, depth = 0): CanonicalValue | undefined {
  switch (typeof value) {
    case "string":
      return { value, text: JSON.stringify(value) };
    case "number":
      // 0 and -0 are one series, as they are one key of a Map.
      return { value: value === 0 ? 0 : value, text: String(value) };
    case "boolean":
      return { value, text: String(value) };
    case "bigint":
      return { value, text: `${value}n` };
    case "object":
      return value === null || depth === DEPTH_MAX ? undefined : canonicalObject(value, depth + 1);
    default:
      return undefined;
  }
}

function canonicalObject(value: object, depth: number): CanonicalValue | undefined {
  if (value instanceof Uint8Array) {
    return { value: value.slice(), text: `bytes(${value.join()})` };
  }
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => canonicalValue(item, depth));
    return {
      value: items.map((item) => item?.value ?? null),
      text: `[${items.map((item) => item?.text ?? "null").join()}]`,
    };
  }
  const members = Object.keys(value)
    .toSorted()
    .map((key) => [key, canonicalValue((value as Record<string, unknown>)[key], depth)] as const)
    .filter((member) => member[1] !== undefined);
  return {
    value: Object.fromEntries(members.map(([key, member]) => [key, member?.value])),
    text: `{${members.map(([key, member]) => `${JSON.stringify(key)}:${member?.text}`).join()}}`,
  };
}
