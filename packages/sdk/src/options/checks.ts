// checks.ts — options whose value is checked alone. Each throws a sentence that names the option, while the app starts.

/** Throws a RangeError unless the value is absent or a number above 0. */
export function positive(name: string, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`Cannot use option ${name}: it must be above 0, current value is ${value}`);
}

/** Throws a TypeError unless the value is absent or one of `values`. */
export function oneOf<T extends string>(
  name: string,
  values: readonly T[],
  given: unknown,
): T | undefined {
  const found = values.find((value) => value === given);
  if (given === undefined || found !== undefined) return found;
  throw new TypeError(
    `Cannot use option ${name}: it must be one of ${values.join(", ")}, it is ${JSON.stringify(given)}`,
  );
}

/** What `parse` makes of the text; the message of its error says what the text is instead. */
export function parsed<T>(name: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    throw new TypeError(`Cannot use option ${name} "${text}": it is ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** A map of texts. What it holds may be secret, so it is not repeated. */
export function textsIn(name: string, given: unknown): Record<string, string> {
  const texts = objectIn(name, given);
  const wrong = Object.keys(texts).find((key) => typeof texts[key] !== "string");
  if (wrong === undefined) return texts as Record<string, string>;
  throw new TypeError(`Cannot use option ${name}: "${wrong}" must be a text`);
}

export function objectIn(name: string, given: unknown): Record<string, unknown> {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    return given as Record<string, unknown>;
  }
  throw new TypeError(`Cannot use option ${name}: it must be an object, it is ${kindOf(given)}`);
}

/** For a sentence: "a list", "a number". */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
