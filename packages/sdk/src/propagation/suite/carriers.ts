// carriers.ts — everything people carry headers in, filled with the same header lines.

import { Metadata } from "@grpc/grpc-js";
import type { Line } from "./vectors.ts";

export interface CarrierKind {
  readonly name: string;
  /** Undefined where this kind cannot hold these lines. */
  readonly fill: (lines: readonly Line[]) => object | undefined;
}

const title = (name: string): string => name.replace(/^tr/, "Tr").replace(/^b/, "B");
const odd = (name: string): string => name.replaceAll(/[aeiou]/g, (vowel) => vowel.toUpperCase());

/** One value as it is, several as an array. */
function object(lines: readonly Line[], rename: (name: string) => string): Record<string, unknown> {
  const headers: Record<string, unknown> = {};
  for (const [name, value] of lines) {
    const key = rename(name);
    headers[key] = key in headers ? [headers[key], value].flat() : value;
  }
  return headers;
}

const named = (name: string, fill: CarrierKind["fill"]): CarrierKind => ({ name, fill });

export const CARRIERS: readonly CarrierKind[] = [
  named("a plain object", (lines) => object(lines, (name) => name)),
  named("a plain object in Title case", (lines) => object(lines, title)),
  named("a plain object in UPPER case", (lines) => object(lines, (name) => name.toUpperCase())),
  named("a plain object in oDd case", (lines) => object(lines, odd)),
  named("an object without prototype", (lines) =>
    Object.assign(
      Object.create(null) as object,
      object(lines, (name) => name),
    ),
  ),
  named("an object of arrays", (lines) => {
    const entries = Object.entries(object(lines, title));
    return Object.fromEntries(entries.map(([name, value]) => [name, [value].flat()]));
  }),
  named("an object of bytes", (lines) => {
    const entries = Object.entries(object(lines, (name) => name));
    if (entries.some(([, value]) => Array.isArray(value))) return undefined;
    return Object.fromEntries(entries.map(([name, value]) => [name, Buffer.from(String(value))]));
  }),
  named("Headers", (lines) => {
    const headers = new Headers();
    for (const [name, value] of lines) headers.append(title(name), value);
    return headers;
  }),
  named("a Map", (lines) => new Map(Object.entries(object(lines, (name) => name)))),
  named("a Map in Title case", (lines) => new Map(Object.entries(object(lines, title)))),
  named("gRPC metadata", (lines) => {
    const metadata = new Metadata();
    // gRPC refuses what is not printable ASCII, so nobody can be sent it.
    if (lines.some(([, value]) => !/^[ -~]*$/.test(value))) return undefined;
    for (const [name, value] of lines) metadata.add(name, value);
    return metadata;
  }),
  named("a list of pairs", (lines) => lines.map(([name, value]) => [title(name), value])),
  named("raw headers", (lines) => lines.flatMap(([name, value]) => [title(name), value])),
  named("a message that was JSON", (lines) => {
    const message = { body: "x", headers: object(lines, title) };
    return (JSON.parse(JSON.stringify(message)) as typeof message).headers;
  }),
];
