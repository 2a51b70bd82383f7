// json-scanner.ts — the tokens of a JSON text (RFC 8259) in UTF-8 bytes, without making objects or strings of them.
//
// A string or number is left where it is and addressed by `start` and `end`, so that 64-bit integers keep all
// their digits and text is copied once, from the request to the arena.

/** What is wrong with the JSON, and where. */
export class JsonError extends Error {
  override readonly name = "JsonError";
  readonly offset: number;

  constructor(problem: string, offset: number) {
    super(problem);
    this.offset = offset;
  }
}

/** Objects and arrays inside one another that a skipped value may have. */
const SKIPPED_DEPTH_MAX = 500;

export const Char = {
  quote: 0x22,
  comma: 0x2c,
  minus: 0x2d,
  dot: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

const LITERALS = { true: encode("true"), false: encode("false"), null: encode("null") };

export class JsonScanner {
  readonly bytes: Uint8Array;
  position = 0;
  /** The string (between its quotes) or number scanned last. */
  start = 0;
  end = 0;
  /** Whether the string scanned last has escapes. */
  hasEscapes = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The next character that is not white space, which stays next. 0 at the end. */
  peek(): number {
    const { bytes } = this;
    for (;;) {
      const byte = bytes[this.position];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte ?? 0;
      this.position++;
    }
  }

  /** Passes over `char` if it is next. */
  take(char: number): boolean {
    if (this.peek() !== char) return false;
    this.position++;
    return true;
  }

  expect(char: number): void {
    if (!this.take(char)) throw this.unexpected(`"${String.fromCharCode(char)}" is expected`);
  }

  expectEnd(): void {
    if (this.peek() !== 0 || this.position < this.bytes.length) {
      throw this.unexpected("the end is expected");
    }
  }

  /** Scans a string. */
  scanString(): void {
    this.expect(Char.quote);
    const { bytes } = this;
    let at = (this.start = this.position);
    this.hasEscapes = false;
    for (;;) {
      const byte = bytes[at];
      if (byte === Char.quote) break;
      if (byte === undefined) throw new JsonError("the string has no end", this.start - 1);
      if (byte < 0x20) throw new JsonError("a control character in a string must be escaped", at);
      if (byte === Char.backslash) {
        this.hasEscapes = true;
        at++;
      }
      at++;
    }
    this.end = at;
    this.position = at + 1;
  }

  /** Scans a number. */
  scanNumber(): void {
    this.peek();
    this.start = this.position;
    if (this.bytes[this.position] === Char.minus) this.position++;
    if (this.bytes[this.position] === Char.zero) this.position++;
    else this.#scanDigits();
    if (this.bytes[this.position] === Char.dot) {
      this.position++;
      this.#scanDigits();
    }
    if (((this.bytes[this.position] ?? 0) | 0x20) === 0x65) {
      this.position++;
      const sign = this.bytes[this.position];
      if (sign === Char.minus || sign === 0x2b) this.position++;
      this.#scanDigits();
    }
    this.end = this.position;
  }

  #scanDigits(): void {
    const first = this.position;
    for (;;) {
      const byte = this.bytes[this.position] ?? 0;
      if (byte < Char.zero || byte > Char.nine) break;
      this.position++;
    }
    if (this.position === first) throw this.unexpected("a digit is expected");
  }

  /** Passes over `true`, `false` or `null`; false when it is not next. */
  takeLiteral(literal: keyof typeof LITERALS): boolean {
    const expected = LITERALS[literal];
    if (this.peek() !== expected[0]) return false;
    for (let at = 0; at < expected.length; at++) {
      if (this.bytes[this.position + at] !== expected[at]) {
        throw this.unexpected(`"${literal}" is expected`);
      }
    }
    this.position += expected.length;
    return true;
  }

  /** Passes over any value. */
  skipValue(depth = 0): void {
    if (depth > SKIPPED_DEPTH_MAX) {
      throw new JsonError(
        `the value is nested more than ${SKIPPED_DEPTH_MAX} levels deep`,
        this.position,
      );
    }
    switch (this.peek()) {
      case Char.quote:
        return this.scanString();
      case Char.openBrace:
        return this.#skipMembers(Char.closeBrace, depth);
      case Char.openBracket:
        return this.#skipMembers(Char.closeBracket, depth);
      case LITERALS.true[0]:
        return void this.takeLiteral("true");
      case LITERALS.false[0]:
        return void this.takeLiteral("false");
      case LITERALS.null[0]:
        return void this.takeLiteral("null");
      default:
        this.scanNumber();
    }
  }

  #skipMembers(close: number, depth: number): void {
    this.position++;
    if (this.take(close)) return;
    do {
      if (close === Char.closeBrace) {
        this.scanString();
        this.expect(Char.colon);
      }
      this.skipValue(depth + 1);
    } while (this.take(Char.comma));
    this.expect(close);
  }

  /** The error for what stands at the position. */
  unexpected(expected: string): JsonError {
    const byte = this.bytes[this.position];
    const found =
      byte === undefined
        ? "the text ends"
        : byte > 0x20 && byte < 0x7f
          ? `"${String.fromCharCode(byte)}" stands`
          : `byte 0x${byte.toString(16).padStart(2, "0")} stands`;
    return new JsonError(`${found} where ${expected}`, this.position);
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
