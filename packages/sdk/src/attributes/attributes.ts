// attributes.ts — copies what an app passes as an attribute value into what OTLP can carry.
//
// A copy, because the app may change its object a moment later. Everything an app can pass by mistake ends
// here: getters that throw, Proxies, cycles, functions, gigantic strings. It is left out or cut, counted,
// and never thrown back into the app.
//
//   string, finite or other number, bigint, boolean, Uint8Array     as they are, strings cut
//   array, plain object                                              copied, up to DEPTH_MAX and ITEMS_MAX
//   Date, URL, Error                                                 as text
//   null, undefined, function, symbol                                left out

import { REDACTED } from "@telemetry/otlp/encode";
import type { AnyValue, EncodedKey, FlatAttributes, KeyTable } from "@telemetry/otlp/encode";

export interface ValueLimits {
  /** Knows each key's bytes, and whether its values are secrets: those are replaced here already. */
  readonly keys: KeyTable;
  /** Characters that a string keeps. */
  readonly valueLengthMax: number;
  /** The app's redaction hook, for values whose key does not redact them. */
  readonly hook: ((key: string, value: unknown) => unknown) | undefined;
  /** Told about everything that is left out or cut. */
  readonly onLoss: (loss: AttributeLoss) => void;
}

/** Names of the counters. */
export type AttributeLoss =
  | "attribute.cut"
  | "attribute.invalid_key"
  | "attribute.invalid_value"
  | "attribute.unreadable";

/** Arrays and maps inside each other. */
const DEPTH_MAX = 16;
/** Values inside one attribute. */
const ITEMS_MAX = 1_000;

/** The recordable form of a value, or undefined where there is none. */
export function copyValue(value: unknown, limits: ValueLimits): AnyValue | undefined {
  try {
    return copyInner(value, limits, { depth: 0, items: 0 });
  } catch {
    limits.onLoss("attribute.unreadable");
    return undefined;
  }
}

/**
 * Adds an attribute, or replaces it where the key is there already. Returns whether there was room.
 * hot: see bench/trace. Entries of a KeyTable are compared by identity, which never looks at characters.
 */
export function putAttribute(
  attributes: FlatAttributes,
  key: EncodedKey,
  value: AnyValue,
  countMax: number,
): boolean {
  for (let i = 0; i < attributes.length; i += 2) {
    if (attributes[i] === key || (!key.isKept && (attributes[i] as EncodedKey).key === key.key)) {
      attributes[i + 1] = value;
      return true;
    }
  }
  if (attributes.length >= countMax * 2) return false;
  attributes.push(key, value);
  return true;
}

/** A checked copy of an attributes object, and how many did not fit. */
export interface CopiedAttributes {
  readonly flat: FlatAttributes | null;
  readonly droppedCount: number;
}

export const NO_ATTRIBUTES: CopiedAttributes = { flat: null, droppedCount: 0 };

export function copyAttributes(
  attributes: unknown,
  countMax: number,
  limits: ValueLimits,
): CopiedAttributes {
  if (attributes === undefined || attributes === null) return NO_ATTRIBUTES;
  const flat: FlatAttributes = [];
  const copied = { flat, droppedCount: 0 };
  forEachAttribute(attributes, limits, copied, (target, key, raw) => {
    const value = valueFor(key, raw, limits);
    if (value === undefined) return;
    if (!putAttribute(target.flat, limits.keys.get(key), value, countMax)) target.droppedCount++;
  });
  return flat.length === 0 && copied.droppedCount === 0 ? NO_ATTRIBUTES : copied;
}

/**
 * Calls `each(target, key, value)` for every own attribute that can be read; a getter that throws costs its
 * attribute only. hot: a plain loop, and a target instead of a closure; see bench/trace.
 */
export function forEachAttribute<T>(
  attributes: unknown,
  limits: ValueLimits,
  target: T,
  each: (target: T, key: string, value: unknown) => void,
): void {
  if (typeof attributes !== "object" || attributes === null) {
    if (attributes !== undefined) limits.onLoss("attribute.invalid_value");
    return;
  }
  try {
    for (const key in attributes) {
      if (Object.hasOwn(attributes, key)) {
        each(target, key, readValue(attributes as Record<string, unknown>, key, limits));
      }
    }
  } catch {
    limits.onLoss("attribute.unreadable");
  }
}

function readValue(attributes: Record<string, unknown>, key: string, limits: ValueLimits): unknown {
  try {
    return attributes[key];
  } catch {
    limits.onLoss("attribute.unreadable");
    return undefined;
  }
}

/** The recordable value of an attribute after the app's hook, or undefined. */
export function valueFor(key: unknown, value: unknown, limits: ValueLimits): AnyValue | undefined {
  if (typeof key !== "string" || key === "") {
    limits.onLoss("attribute.invalid_key");
    return undefined;
  }
  if (limits.keys.get(key).redacted) return REDACTED;
  if (limits.hook === undefined) return copyValue(value, limits);
  try {
    return copyValue(limits.hook(key, value), limits);
  } catch {
    // A hook that is there to hide secrets and fails must not let them through.
    limits.onLoss("attribute.unreadable");
    return undefined;
  }
}

interface Progress {
  depth: number;
  items: number;
}

function copyInner(value: unknown, limits: ValueLimits, progress: Progress): AnyValue | undefined {
  switch (typeof value) {
    case "string":
      if (value.length <= limits.valueLengthMax) return value;
      limits.onLoss("attribute.cut");
      return cutText(value, limits.valueLengthMax);
    case "number":
    case "boolean":
    case "bigint":
      return value;
    case "object":
      if (value !== null) return copyObject(value, limits, progress);
      break;
    default:
  }
  // undefined is how callers say "this optional attribute is absent"
  if (value !== undefined) limits.onLoss("attribute.invalid_value");
  return undefined;
}

function copyObject(value: object, limits: ValueLimits, progress: Progress): AnyValue | undefined {
  if (value instanceof Uint8Array) return copyBytes(value, limits);
  if (value instanceof Date || value instanceof URL) {
    return copyInner(value instanceof Date ? dateText(value) : value.href, limits, progress);
  }
  if (value instanceof Error) return copyInner(String(value), limits, progress);
  if (progress.depth === DEPTH_MAX) {
    limits.onLoss("attribute.cut");
    return undefined;
  }
  progress.depth++;
  const copy = Array.isArray(value)
    ? copyArray(value, limits, progress)
    : copyMap(value, limits, progress);
  progress.depth--;
  return copy;
}

/** Positions mean something, so what cannot be recorded becomes null. */
function copyArray(values: unknown[], limits: ValueLimits, progress: Progress): AnyValue[] {
  const copy: AnyValue[] = [];
  for (const item of values) {
    if (!hasRoom(limits, progress)) break;
    copy.push(
      item === undefined || item === null ? null : (copyInner(item, limits, progress) ?? null),
    );
  }
  return copy;
}

function copyMap(
  map: object,
  limits: ValueLimits,
  progress: Progress,
): { [key: string]: AnyValue } {
  const copy: { [key: string]: AnyValue } = Object.create(null);
  for (const key of Object.keys(map)) {
    if (!hasRoom(limits, progress)) break;
    const item = limits.keys.get(key).redacted
      ? REDACTED
      : copyInner((map as Record<string, unknown>)[key], limits, progress);
    if (item !== undefined) copy[key] = item;
  }
  return copy;
}

function hasRoom(limits: ValueLimits, progress: Progress): boolean {
  if (progress.items++ < ITEMS_MAX) return true;
  limits.onLoss("attribute.cut");
  return false;
}

function copyBytes(bytes: Uint8Array, limits: ValueLimits): Uint8Array {
  if (bytes.length <= limits.valueLengthMax) return new Uint8Array(bytes);
  limits.onLoss("attribute.cut");
  return new Uint8Array(bytes.subarray(0, limits.valueLengthMax));
}

/** Does not leave half of a surrogate pair at the end. */
function cutText(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? "Invalid Date" : date.toISOString();
}
