// environment.ts — reads OTEL_* variables by the specification's rules: an empty value means "not set", and a
// value that cannot be read is said once and ignored. A wrong variable never stops an app.

export class Environment {
  readonly #variables: Readonly<Record<string, string | undefined>>;
  readonly #onInvalid: (sentence: string) => void;
  /** A general variable is read for each signal, and wrong only once. */
  readonly #said = new Set<string>();

  constructor(
    variables: Readonly<Record<string, string | undefined>>,
    onInvalid: (sentence: string) => void,
  ) {
    this.#variables = variables;
    this.#onInvalid = onInvalid;
  }

  text(name: string): string | undefined {
    const value = this.#variables[name]?.trim();
    return value === "" ? undefined : value;
  }

  /** Only "true", in any case, is true. */
  flag(name: string): boolean | undefined {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return undefined;
    if (value !== "true" && value !== "false") this.#reject(name, 'neither "true" nor "false"');
    return value === "true";
  }

  /** A non-negative whole number: milliseconds or a count. */
  count(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const count = Number(value);
    if (Number.isSafeInteger(count) && count >= 0) return count;
    this.#reject(name, "not a whole number of 0 or more");
    return undefined;
  }

  /** A number from 0 to 1. */
  share(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const share = Number(value);
    if (share >= 0 && share <= 1) return share;
    this.#reject(name, "not a number from 0 to 1");
    return undefined;
  }

  /** One of `values`, in any case. */
  choice<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return undefined;
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) this.#reject(name, `not one of ${values.join(", ")}`);
    return found;
  }

  /** Names between commas, in lower case, each once. */
  list(name: string): string[] | undefined {
    const names = this.text(name)
      ?.split(",")
      .map((part) => part.trim().toLowerCase())
      .filter((part) => part !== "");
    return names === undefined ? undefined : [...new Set(names)];
  }

  /** What `parse` makes of the text; the message of its error says what the text is instead. */
  parsed<T>(name: string, parse: (text: string) => T): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    try {
      return parse(value);
    } catch (error) {
      this.#reject(name, (error as Error).message);
      return undefined;
    }
  }

  /** `key=value,key=value` with percent-encoded values, as in OTEL_EXPORTER_OTLP_HEADERS. */
  pairs(name: string): Record<string, string> | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const pairs: Record<string, string> = {};
    for (const pair of value.split(",")) {
      const equals = pair.indexOf("=");
      if (equals > 0) pairs[pair.slice(0, equals).trim()] = decode(pair.slice(equals + 1).trim());
      // Headers hold secrets: the message must not repeat the value.
      else if (pair.trim() !== "") this.#reject(name, 'not of the form "key=value,key=value"');
    }
    return pairs;
  }

  /** Says once what cannot be used. */
  say(sentence: string): void {
    if (this.#said.has(sentence)) return;
    this.#said.add(sentence);
    this.#onInvalid(sentence);
  }

  #reject(name: string, state: string): void {
    this.say(`Cannot use ${name}: its value is ${state}, and is ignored`);
  }
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
