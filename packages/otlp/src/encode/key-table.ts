// key-table.ts — what is known about an attribute key, looked up once per attribute: its encoded bytes and
// whether its values must not leave the process. Programs use few keys, so both are made once per key.

import { ProtobufWriter } from "./protobuf-writer.ts";

/** Keys beyond this (made from data, most likely) are encoded each time. */
const CAPACITY = 4_096;
/** A longer key is not kept: it is no name but data. */
const KEPT_KEY_LENGTH_MAX = 256;

export interface EncodedKey {
  readonly key: string;
  /** Field 1 of a KeyValue: tag, length and the key's UTF-8. */
  readonly bytes: Uint8Array;
  /** Whether a value under this key is replaced by `REDACTED`. */
  readonly redacted: boolean;
  /** Whether this is the only object for its key: then keys can be compared by identity. */
  readonly isKept: boolean;
}

export class KeyTable {
  readonly #isRedacted: (key: string) => boolean;
  readonly #capacity: number;
  readonly #entries = new Map<string, EncodedKey>();
  readonly #writer = new ProtobufWriter({ chunkSizeBytes: 512 });

  /** `isRedacted` is asked once per key. */
  constructor(options: { isRedacted?: (key: string) => boolean; capacity?: number } = {}) {
    this.#isRedacted = options.isRedacted ?? (() => false);
    this.#capacity = options.capacity ?? CAPACITY;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): EncodedKey {
    return this.#entries.get(key) ?? this.#add(key);
  }

  #add(key: string): EncodedKey {
    this.#writer.tag(1, 2);
    this.#writer.text(key);
    const isKept = this.#entries.size < this.#capacity && key.length <= KEPT_KEY_LENGTH_MAX;
    const entry: EncodedKey = {
      key,
      bytes: this.#writer.finish(),
      redacted: this.#isRedacted(key),
      isKept,
    };
    if (isKept) this.#entries.set(key, entry);
    return entry;
  }
}
