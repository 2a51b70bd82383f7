// carrier.ts — reads and writes headers of whatever people carry context in: plain objects (of any case, with
// arrays), Headers, Map, gRPC Metadata, requests and responses of node:http, environment variables.

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

/** All values of a header, in order; empty when it is absent or cannot be read. */
export function readHeader<C>(carrier: C, name: string, getter: TextMapGetter<C>): string[] {
  try {
    const found = getter.get(carrier, name) ?? findIgnoringCase(carrier, name, getter);
    if (found === undefined || found === null) return [];
    return (Array.isArray(found) ? found : [found]).map(String);
  } catch {
    return []; // a carrier that throws carries nothing
  }
}

function findIgnoringCase<C>(
  carrier: C,
  name: string,
  getter: TextMapGetter<C>,
): string | string[] | undefined {
  for (const key of getter.keys(carrier)) {
    if (key !== name && key.toLowerCase() === name) return getter.get(carrier, key);
  }
  return undefined;
}

/** Reads any {@link Carrier}. */
export const carrierGetter: TextMapGetter<Carrier> = {
  keys(carrier) {
    if (carrier instanceof Map) return [...carrier.keys()].filter((key) => typeof key === "string");
    return isGettable(carrier) ? [] : Object.keys(headersOf(carrier));
  },
  get(carrier, name) {
    if (isGettable(carrier)) return asText(carrier.get(name));
    return asText((headersOf(carrier) as Record<string, unknown>)[name]);
  },
};

/** Writes any {@link Carrier}. Headers that are there already stay. */
export const carrierSetter: TextMapSetter<Carrier> = {
  set(carrier, name, value) {
    if (hasMethod(carrier, "setHeader")) (carrier as SettableHeader).setHeader(name, value);
    else if (hasMethod(carrier, "set")) (carrier as Settable).set(name, value);
    else (carrier as Record<string, unknown>)[name] = value;
  },
};

/** Writes the variables that a child process reads: TRACEPARENT, TRACESTATE, BAGGAGE. */
export const environmentSetter: TextMapSetter<NodeJS.ProcessEnv> = {
  set(environment, name, value) {
    environment[name.toUpperCase()] = value;
  },
};

/** An IncomingMessage carries its headers inside. */
function headersOf(carrier: Carrier): object {
  const { headers } = carrier as { headers?: unknown };
  const isMessage = typeof headers === "object" && headers !== null && "httpVersion" in carrier;
  return isMessage ? headers : carrier;
}

function isGettable(carrier: Carrier): carrier is Gettable {
  return hasMethod(carrier, "get");
}

function hasMethod(carrier: object, name: string): boolean {
  return typeof (carrier as Record<string, unknown>)[name] === "function";
}

/** gRPC Metadata gives arrays of strings or Buffers. */
function asText(value: unknown): string | string[] | undefined {
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? value.map(String) : String(value);
}
