// trace-state.ts — the W3C tracestate list: what each vendor on the way wrote for itself.
//
//   tracestate: ot=th:c,congo=t61rcWkgMzE         first the one who wrote last, at most 32 members
//
// One wrong member discards the list, never the traceparent beside it. A member that is set goes to the
// front, the others keep their order. https://www.w3.org/TR/trace-context-2/#tracestate-header
//
// Nearly every list comes in the form in which it is sent on, and nobody asks what is in it. That is seen in one pass
// (`isPlain`), and the text is kept; members are made when somebody wants one.

import type { TraceState } from "@opentelemetry/api";

const MEMBERS_MAX = 32;
/** What has to be propagated; beyond, whole members are dropped. */
const LENGTH_MAX = 512;
/** Members longer than this are dropped first. */
const LONG_MEMBER_LENGTH_MIN = 129;

/** Of a key, and of a value. */
const PART_LENGTH_MAX = 256;
const KEY = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

type Member = readonly [key: string, value: string];

export class W3CTraceState implements TraceState {
  #made: readonly Member[] | undefined;
  /** Made once: the same object travels through a whole trace. */
  #text: string | undefined;

  private constructor(members: readonly Member[] | undefined, text: string | undefined) {
    this.#made = members;
    this.#text = text;
  }

  /** Undefined for an empty list and for one that is not valid. */
  static parse(header: string): W3CTraceState | undefined {
    if (isPlain(header)) return new W3CTraceState(undefined, header);
    const members = parseMembers(header);
    return members === undefined || members.length === 0
      ? undefined
      : new W3CTraceState(members, undefined);
  }

  get #members(): readonly Member[] {
    return (this.#made ??= parseMembers(this.#text ?? "") ?? []);
  }

  get(key: string): string | undefined {
    return this.#members.find(([name]) => name === key)?.[1];
  }

  /** An invalid key or value changes nothing. */
  set(key: string, value: string): W3CTraceState {
    if (!KEY.test(key) || !VALUE.test(value)) return this;
    const others = this.#members.filter(([name]) => name !== key);
    const members = [[key, value] as const, ...others].slice(0, MEMBERS_MAX);
    return new W3CTraceState(members, undefined);
  }

  unset(key: string): W3CTraceState {
    const others = this.#members.filter(([name]) => name !== key);
    return new W3CTraceState(others, undefined);
  }

  serialize(): string {
    return (this.#text ??= this.#format());
  }

  #format(): string {
    const texts = this.#members.map(([key, value]) => `${key}=${value}`);
    while (lengthOf(texts) > LENGTH_MAX) {
      const long = texts.findLastIndex((text) => text.length >= LONG_MEMBER_LENGTH_MIN);
      texts.splice(long === -1 ? texts.length - 1 : long, 1);
    }
    return texts.join(",");
  }
}

/** Undefined when one of them is wrong, or there are too many. */
function parseMembers(header: string): Member[] | undefined {
  const members: Member[] = [];
  const seen = new Set<string>();
  let count = 0;
  for (const part of header.split(",")) {
    const text = part.replace(/^[ \t]+|[ \t]+$/g, "");
    if (text === "") continue;
    if (++count > MEMBERS_MAX) return undefined;
    const equals = text.indexOf("=");
    const key = text.slice(0, Math.max(equals, 0));
    const value = text.slice(equals + 1);
    if (!KEY.test(key) || !VALUE.test(value)) return undefined;
    if (!seen.has(key)) members.push([key, value]);
    seen.add(key);
  }
  return members;
}

const FIRST_OF_KEY = 1;
const IN_KEY = 2;
const IN_VALUE = 4;
/** What each byte may be. */
const KINDS = new Uint8Array(256).map((_, byte) => {
  const character = String.fromCharCode(byte);
  return (
    (KEY.test(character) ? FIRST_OF_KEY : 0) |
    (KEY.test(`a${character}`) ? IN_KEY : 0) |
    (VALUE.test(`${character}a`) ? IN_VALUE : 0)
  );
});
const SPACE = 32;
const COMMA = 44;
const EQUALS = 61;
/** The list, and a 0 behind it: read from memory, a character costs a third of `charCodeAt`. */
const bytes = Buffer.alloc(LENGTH_MAX + 1);
const hashes = new Int32Array(MEMBERS_MAX);

/**
 * Whether the list is valid and would be sent on as it is: no white space around members, no empty ones, no key twice,
 * not too long. A false no costs time only. hot: see bench/trace.
 */
function isPlain(list: string): boolean {
  const size = list.length;
  if (size > LENGTH_MAX) return false;
  bytes.write(list);
  bytes[size] = 0;
  for (let at = 0, count = 0; count < MEMBERS_MAX; count++, at++) {
    const keyAt = at;
    let byte = bytes[at]!;
    if ((KINDS[byte]! & FIRST_OF_KEY) === 0) return false;
    let hash = 0;
    do {
      hash = (Math.imul(hash, 31) + byte) | 0;
      byte = bytes[++at]!;
    } while ((KINDS[byte]! & IN_KEY) !== 0);
    if (byte !== EQUALS || at - keyAt > PART_LENGTH_MAX) return false;
    for (let earlier = 0; earlier < count; earlier++) if (hashes[earlier] === hash) return false;
    hashes[count] = hash;
    const valueAt = ++at;
    while ((KINDS[(byte = bytes[at]!)]! & IN_VALUE) !== 0) at++;
    const length = at - valueAt;
    if (length === 0 || length > PART_LENGTH_MAX || bytes[at - 1] === SPACE) return false;
    if (at === size) return true;
    if (byte !== COMMA) return false;
  }
  return false;
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length + 1, -1);
}
