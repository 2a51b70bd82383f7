// ids.ts — trace and span ids, as signed 32-bit words.
//
// Words come from a pool of cryptographic random bytes, so an id cannot be guessed and the W3C random flag
// may be set. Signed, because V8 keeps a signed 32-bit integer without allocating and an unsigned one
// above 2^31 not. Hex is made when somebody asks for it: most spans are never asked.

import { randomFillSync } from "node:crypto";

/** Words per refill: one refill per 1 400 root spans takes 20 µs. */
const POOL_WORDS = 8_192;
const INVALID_TRACE_ID = "0".repeat(32);
const INVALID_SPAN_ID = "0".repeat(16);

const pool = new Int32Array(POOL_WORDS);
let poolAt = POOL_WORDS;

/** 32 random bits; never 0, so that no id is all zero. hot: see bench/trace. */
export function randomWord(): number {
  for (;;) {
    if (poolAt === POOL_WORDS) {
      randomFillSync(pool);
      poolAt = 0;
    }
    const word = pool[poolAt++]!;
    if (word !== 0) return word;
  }
}

const hexBytes = Buffer.alloc(16);

export function hexOfTraceId(word0: number, word1: number, word2: number, word3: number): string {
  hexBytes.writeInt32BE(word0, 0);
  hexBytes.writeInt32BE(word1, 4);
  hexBytes.writeInt32BE(word2, 8);
  hexBytes.writeInt32BE(word3, 12);
  return hexBytes.toString("hex", 0, 16);
}

export function hexOfSpanId(word0: number, word1: number): string {
  hexBytes.writeInt32BE(word0, 0);
  hexBytes.writeInt32BE(word1, 4);
  return hexBytes.toString("hex", 0, 8);
}

/** Eight hex digits as a signed word. */
export function wordOfHex(hex: string, at: number): number {
  return Number.parseInt(hex.slice(at, at + 8), 16) | 0;
}

/** 32 lower-case hex digits, not all 0. */
export function isTraceIdHex(id: unknown): id is string {
  return typeof id === "string" && /^[0-9a-f]{32}$/.test(id) && id !== INVALID_TRACE_ID;
}

/** 16 lower-case hex digits, not all 0. */
export function isSpanIdHex(id: unknown): id is string {
  return typeof id === "string" && /^[0-9a-f]{16}$/.test(id) && id !== INVALID_SPAN_ID;
}

interface Identity {
  readonly traceId: string;
  readonly spanId: string;
}

/** Whether ids of a foreign span context can be used. */
export function isValidIdentity(identity: Partial<Identity> | undefined): identity is Identity {
  return identity !== undefined && isTraceIdHex(identity.traceId) && isSpanIdHex(identity.spanId);
}
