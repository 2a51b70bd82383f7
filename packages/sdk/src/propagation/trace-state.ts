// trace-state.ts — the W3C tracestate list: what each vendor on the way wrote for itself.
//
//   tracestate: ot=th:c,congo=t61rcWkgMzE         first the one who wrote last, at most 32 members
//
// One wrong member discards the list, never the traceparent beside it. A member that is set goes to the
// front, the others keep their order. https://www.w3.org/TR/trace-context-2/#tracestate-header

import type { TraceState } from "@opentelemetry/api";

const MEMBERS_MAX = 32;
/** What has to be propagated; beyond, whole members are dropped. */
const LENGTH_MAX = 512;
/** Members longer than this are dropped first. */
const LONG_MEMBER_LENGTH_MIN = 129;

const KEY = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

type Member = readonly [key: string, value: string];

export class W3CTraceState implements TraceState {
  readonly #members: readonly Member[];
  /** Made once: the same object travels through a whole trace. */
  #text: string | undefined;

  private constructor(members: readonly Member[]) {
    this.#members = members;
  }

  /** Undefined for an empty list and for one that is not valid. */
  static parse(header: string): W3CTraceState | undefined {
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
    return members.length === 0 ? undefined : new W3CTraceState(members);
  }

  get(key: string): string | undefined {
    return this.#members.find(([name]) => name === key)?.[1];
  }

  /** An invalid key or value changes nothing. */
  set(key: string, value: string): W3CTraceState {
    if (!KEY.test(key) || !VALUE.test(value)) return this;
    const others = this.#members.filter(([name]) => name !== key);
    return new W3CTraceState([[key, value] as const, ...others].slice(0, MEMBERS_MAX));
  }

  unset(key: string): W3CTraceState {
    return new W3CTraceState(this.#members.filter(([name]) => name !== key));
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

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length + 1, -1);
}
