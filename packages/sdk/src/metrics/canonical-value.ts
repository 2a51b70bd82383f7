// canonical-value.ts — makes two equal attribute values equal texts, and keeps a copy that nobody else can change.
//
// A metric's attribute is a string, a boolean, a number, a bigint, or an array or map of them. What is
// none of these (undefined, null, a function) is as if it were not there, as on spans.

/** Nesting below this is dropped: no sane label is as deep. */
const DEPTH_MAX = 8;
/** Values inside one attribute; further ones are dropped. */
const ITEMS_MAX = 1_000;
/** Longer texts are cut, so that 2 000 series stay below 64 MB. */
export const TEXT_LENGTH_MAX = 16_384;

export interface CanonicalValue {
  readonly value: unknown;
  /** Equal for equal values of one type; `1` and `"1"` differ. */
  readonly text: string;
}

/** Undefined for what is no attribute value. */
export function canonicalValue(value: unknown): CanonicalValue | undefined {
  return typeof value === "object" && value !== null
    ? canonicalObject(value, { depth: 0, items: 0 })
    : canonicalLeaf(value);
}

interface Progress {
  depth: number;
  items: number;
}

function canonicalLeaf(value: unknown): CanonicalValue | undefined {
  switch (typeof value) {
    case "string": {
      const kept = value.slice(0, TEXT_LENGTH_MAX);
      return { value: kept, text: JSON.stringify(kept) };
    }
    case "number":
      // 0 and -0 are one series, as they are one key of a Map.
      return { value: value === 0 ? 0 : value, text: String(value) };
    case "boolean":
      return { value, text: String(value) };
    case "bigint":
      return { value, text: `${value}n` };
    default:
      return undefined;
  }
}

function canonicalInner(value: unknown, progress: Progress): CanonicalValue | undefined {
  if (++progress.items > ITEMS_MAX) return undefined;
  if (typeof value !== "object" || value === null) return canonicalLeaf(value);
  if (progress.depth === DEPTH_MAX) return undefined;
  progress.depth++;
  const canonical = canonicalObject(value, progress);
  progress.depth--;
  return canonical;
}

function canonicalObject(value: object, progress: Progress): CanonicalValue {
  if (value instanceof Uint8Array) {
    const kept = value.slice(0, TEXT_LENGTH_MAX);
    return { value: kept, text: `bytes(${kept.join()})` };
  }
  if (Array.isArray(value)) {
    const items = value.slice(0, ITEMS_MAX).map((item: unknown) => canonicalInner(item, progress));
    return {
      value: items.map((item) => item?.value ?? null),
      text: `[${items.map((item) => item?.text ?? "null").join()}]`,
    };
  }
  const members = Object.keys(value)
    .slice(0, ITEMS_MAX)
    .toSorted()
    .map((key) => [key, canonicalInner(Reflect.get(value, key), progress)] as const)
    .filter((member) => member[1] !== undefined);
  return {
    value: Object.fromEntries(members.map(([key, member]) => [key, member?.value])),
    text: `{${members.map(([key, member]) => `${JSON.stringify(key)}:${member?.text}`).join()}}`,
  };
}
