// carrier.ts — reads and writes headers of whatever people carry context in: plain objects (of any case, with
// arrays or bytes), Headers, Map, gRPC Metadata, lists of headers, requests and responses of node:http,
// environment variables.
//
// A header that stands twice, in whatever case, is read as two values: who reads decides what that means. One
// that is written replaces every one of its name, so that a relay which copied the headers it received does not
// send two.

import { defaultTextMapGetter } from "@opentelemetry/api";
import type { TextMapGetter, TextMapSetter } from "@opentelemetry/api";

/** Anything that can hold headers. */
export type Carrier = object;

interface Gettable {
  get(name: string): unknown;
}
interface Settable {
  set(name: string, value: string): unknown;
}
interface SettableHeader {
  setHeader(name: string, value: string): unknown;
}

/**
 * The value of a header. Undefined when it is absent or cannot be read, and when it stands there more than once:
 * which one counts is anybody's guess. hot: see bench/trace.
 */
export function readHeader<C>(
  carrier: C,
  name: string,
  getter: TextMapGetter<C>,
): string | undefined {
  try {
    const found = find(carrier, name, getter);
    if (typeof found === "string" || found === undefined) return found;
    return found.length === 1 ? String(found[0]) : undefined;
  } catch {
    return undefined; // a carrier that throws carries nothing
  }
}

/** The values of a header that is a list, which may come in parts; undefined when it is absent or cannot be read. */
export function readListHeader<C>(
  carrier: C,
  name: string,
  getter: TextMapGetter<C>,
): string | undefined {
  try {
    const found = find(carrier, name, getter);
    return typeof found === "object" ? found.map(String).join(",") : found;
  } catch {
    return undefined;
  }
}

function find<C>(
  carrier: C,
  name: string,
  getter: TextMapGetter<C>,
): string | unknown[] | undefined {
  let found: unknown = getter.get(carrier, name);
  if (found === undefined || found === null) {
    if ((getter as unknown) === carrierGetter) return undefined; // it has looked for every case
    found = findIgnoringCase(carrier, name, getter);
    if (found === undefined || found === null) return undefined;
  }
  return typeof found === "string" || Array.isArray(found) ? found : String(found);
}

function findIgnoringCase<C>(carrier: C, name: string, getter: TextMapGetter<C>): unknown {
  if ((getter as unknown) === defaultTextMapGetter) {
    const headers = carrier as Record<string, unknown>;
    for (const key in headers) if (key !== name && isSameName(key, name)) return headers[key];
    return undefined;
  }
  for (const key of getter.keys(carrier)) {
    if (key !== name && isSameName(key, name)) return getter.get(carrier, key);
  }
  return undefined;
}

/** Reads any {@link Carrier}, names in any case. */
export const carrierGetter: TextMapGetter<Carrier> = {
  keys(carrier) {
    if (hasMethod(carrier, "getMap")) {
      return Object.keys((carrier as { getMap(): object }).getMap());
    }
    if (Array.isArray(carrier)) return pairsOf(carrier).map(([name]) => name);
    if (hasMethod(carrier, "keys")) {
      const keys = [...(carrier as { keys(): Iterable<unknown> }).keys()];
      return keys.filter((key) => typeof key === "string");
    }
    return isGettable(carrier) ? [] : Object.keys(headersOf(carrier));
  },
  get(carrier, name) {
    if (carrier instanceof Map) return asText(valuesOf(carrier, name));
    if (isGettable(carrier)) return asText(carrier.get(name));
    if (Array.isArray(carrier)) return asText(valuesOf(pairsOf(carrier), name));
    const headers = headersOf(carrier) as Record<string, unknown>;
    return asText(valuesIn(headers, name));
  },
};

/** Writes any {@link Carrier}. Headers of other names stay. */
export const carrierSetter: TextMapSetter<Carrier> = {
  set(carrier, name, value) {
    if (hasMethod(carrier, "setHeader")) (carrier as SettableHeader).setHeader(name, value);
    else if (carrier instanceof Map) setInMap(carrier, name, value);
    else if (hasMethod(carrier, "set")) (carrier as Settable).set(name, value);
    else if (Array.isArray(carrier)) setInList(carrier, name, value);
    else setInObject(carrier as Record<string, unknown>, name, value);
  },
};

/** Reads variables of a process: TRACEPARENT, TRACESTATE, BAGGAGE. */
export const environmentGetter: TextMapGetter<NodeJS.ProcessEnv> = {
  keys: (environment) => Object.keys(environment),
  get: (environment, name) => environment[variableOf(name)],
};

/** Writes the variables that a child process reads. */
export const environmentSetter: TextMapSetter<NodeJS.ProcessEnv> = {
  set(environment, name, value) {
    environment[variableOf(name)] = value;
  },
};

/** `x-b3-traceid` → `X_B3_TRACEID`: names of variables have no dashes. */
export function variableOf(header: string): string {
  return header.toUpperCase().replaceAll(/[^A-Z0-9_]/g, "_");
}

/** An IncomingMessage carries its headers inside. */
function headersOf(carrier: Carrier): object {
  const { headers } = carrier as { headers?: unknown };
  const isMessage = typeof headers === "object" && headers !== null && "httpVersion" in carrier;
  return isMessage ? headers : carrier;
}

/** The values of all headers of this name; a single one is not wrapped. */
function valuesOf(pairs: Iterable<readonly [unknown, unknown]>, name: string): unknown {
  let found: unknown;
  for (const [key, value] of pairs) {
    if (value === undefined || value === null || !isSameName(key, name)) continue;
    found = found === undefined ? value : [found, value].flat();
  }
  return found;
}

/** Only the header that is asked for is read: a getter beside it may throw. */
function valuesIn(headers: Record<string, unknown>, name: string): unknown {
  let found: unknown;
  for (const key in headers) {
    if (!isSameName(key, name)) continue;
    const value = headers[key];
    if (value === undefined || value === null) continue;
    found = found === undefined ? value : [found, value].flat();
  }
  return found;
}

/** `[name, value][]`, or `name, value, name, value` as in `rawHeaders`. */
function pairsOf(list: readonly unknown[]): [string, unknown][] {
  if (Array.isArray(list[0])) {
    return list.filter(isPair).map((pair) => [pair[0], pair[1]]);
  }
  const pairs: [string, unknown][] = [];
  for (let at = 0; at + 1 < list.length; at += 2) pairs.push([String(list[at]), list[at + 1]]);
  return pairs;
}

function isPair(entry: unknown): entry is [string, unknown] {
  return Array.isArray(entry) && entry.length === 2 && typeof entry[0] === "string";
}

function setInObject(headers: Record<string, unknown>, name: string, value: string): void {
  for (const key in headers) if (key !== name && isSameName(key, name)) delete headers[key];
  headers[name] = value;
}

function setInMap(headers: Map<unknown, unknown>, name: string, value: string): void {
  for (const key of headers.keys()) if (key !== name && isSameName(key, name)) headers.delete(key);
  headers.set(name, value);
}

function setInList(list: unknown[], name: string, value: string): void {
  const isFlat = typeof list[0] === "string";
  const kept = pairsOf(list).filter(([key]) => !isSameName(key, name));
  const pairs = [...kept, [name, value] as [string, unknown]];
  list.splice(0, list.length, ...(isFlat ? pairs.flat() : pairs));
}

function isSameName(key: unknown, name: string): boolean {
  if (key === name) return true;
  return (
    typeof key === "string" &&
    key.length === name.length &&
    key.toLowerCase() === name.toLowerCase()
  );
}

function isGettable(carrier: Carrier): carrier is Gettable {
  return hasMethod(carrier, "get");
}

function hasMethod(carrier: object, name: string): boolean {
  return typeof (carrier as Record<string, unknown>)[name] === "function";
}

/** Kafka gives bytes, gRPC Metadata arrays of strings or Buffers. */
function asText(value: unknown): string | string[] | undefined {
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? value.map(textOf) : textOf(value);
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value);
}
