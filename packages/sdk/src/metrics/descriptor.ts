// descriptor.ts — what an instrument is, and which names the specification allows (metrics/api.md, "Instrument name syntax").

export type InstrumentKind =
  | "counter"
  | "upDownCounter"
  | "gauge"
  | "histogram"
  | "observableCounter"
  | "observableUpDownCounter"
  | "observableGauge";

export interface InstrumentDescriptor {
  readonly name: string;
  readonly kind: InstrumentKind;
  readonly unit: string;
  readonly description: string;
  /** Values are integers (the api's `ValueType.INT`): fractions are cut off, points are `as_int`. */
  readonly isInteger: boolean;
  /** Advice of the instrument's author, which a view overrides. */
  readonly advice: {
    readonly boundaries?: readonly number[] | undefined;
    readonly attributeKeys?: readonly string[] | undefined;
    readonly exponential?: boolean | undefined;
  };
}

const NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/iu;
const UNIT_LENGTH_MAX = 63;

/** Why a name is not allowed, as the state of a "Cannot create instrument" message; undefined when it is. */
export function problemOfName(name: unknown): string | undefined {
  if (typeof name !== "string" || name === "") return "a name is needed";
  if (NAME.test(name)) return undefined;
  return name.length > 255
    ? `the name has ${name.length} characters, at most 255 are allowed`
    : "a name starts with a letter and has only letters, digits and _ . - /";
}

/** Why a unit is unusual: such an instrument works, with a warning. */
export function problemOfUnit(unit: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- ASCII is exactly this range
  if (unit.length <= UNIT_LENGTH_MAX && /^[\0-\x7f]*$/u.test(unit)) return undefined;
  return `a unit has at most ${UNIT_LENGTH_MAX} ASCII characters`;
}

/** Why histogram boundaries cannot be used; undefined when they can. */
export function problemOfBoundaries(boundaries: readonly number[]): string | undefined {
  if (!Array.isArray(boundaries)) return "boundaries are an array of numbers";
  for (const [index, bound] of boundaries.entries()) {
    if (!Number.isFinite(bound))
      return `boundary ${index} is ${bound}, each must be a finite number`;
    const previous = boundaries[index - 1];
    if (previous !== undefined && bound <= previous) {
      return `boundary ${index} (${bound}) is not above the one before it (${previous})`;
    }
  }
  return undefined;
}

/** Observable instruments report through callbacks, once per collection. */
export function isObservable(kind: InstrumentKind): boolean {
  return (
    kind === "observableCounter" || kind === "observableUpDownCounter" || kind === "observableGauge"
  );
}

/** Whether the sum of this kind only grows. */
export function isMonotonic(kind: InstrumentKind): boolean {
  return kind === "counter" || kind === "observableCounter" || kind === "histogram";
}

/** What an app passes where a text belongs, which JavaScript does not enforce. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** What an app passed or threw, in words: it may be an object without any text. */
export function shown(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
