// baggage.ts — W3C baggage: names and values that travel with a request through every service.
//
//   baggage: user=alice,path=%2Ffoo;property=1
//
// Values are percent-encoded. At most 180 members and 8 192 bytes are read or written; a member that is not
// valid is left out, the others stay. https://www.w3.org/TR/baggage/

import { baggageEntryMetadataFromString, propagation } from "@opentelemetry/api";
import type {
  Baggage,
  BaggageEntry,
  Context,
  TextMapGetter,
  TextMapPropagator,
  TextMapSetter,
} from "@opentelemetry/api";
import { BAGGAGE_KEY, baggageOf, isSuppressed } from "../context/context.ts";
import { readListHeader } from "./carrier.ts";

const HEADER = "baggage";
const MEMBERS_MAX = 180;
const SIZE_BYTES_MAX = 8_192;
/** A token of RFC 7230. */
const KEY = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Visible ASCII and blanks, without a comma. */
const PROPERTIES = /^[\t\x20-\x2b\x2d-\x7e]+$/;

export class BaggagePropagator implements TextMapPropagator {
  inject<C>(context: Context, carrier: C, setter: TextMapSetter<C>): void {
    const baggage = baggageOf(context);
    if (baggage === undefined || isSuppressed(context)) return;
    const header = formatBaggage(baggage);
    if (header !== "") setter.set(carrier, HEADER, header);
  }

  extract<C>(context: Context, carrier: C, getter: TextMapGetter<C>): Context {
    const header = readListHeader(carrier, HEADER, getter);
    if (header === undefined) return context;
    const entries = parseBaggage(header);
    if (entries.length === 0) return context;
    return context.setValue(BAGGAGE_KEY, propagation.createBaggage(Object.fromEntries(entries)));
  }

  fields(): string[] {
    return [HEADER];
  }
}

/** The header, whole members up to the limits. Everything in it is ASCII, so characters are bytes. */
export function formatBaggage(baggage: Baggage): string {
  let header = "";
  let count = 0;
  for (const [key, { value, metadata }] of baggage.getAllEntries()) {
    if (!KEY.test(key) || count === MEMBERS_MAX) continue;
    const properties = formatProperties(metadata);
    const member = `${header === "" ? "" : ","}${key}=${encode(value)}${properties}`;
    if (header.length + member.length > SIZE_BYTES_MAX) continue;
    header += member;
    count++;
  }
  return header;
}

export function parseBaggage(header: string): [string, BaggageEntry][] {
  const entries: [string, BaggageEntry][] = [];
  let sizeBytes = 0;
  for (const member of header.split(",")) {
    sizeBytes += member.length + 1;
    if (sizeBytes > SIZE_BYTES_MAX + 1 || entries.length === MEMBERS_MAX) break;
    const entry = parseMember(member);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function parseMember(member: string): [string, BaggageEntry] | undefined {
  const [pair = "", ...properties] = member.split(";");
  const equals = pair.indexOf("=");
  const key = pair.slice(0, Math.max(equals, 0)).trim();
  if (!KEY.test(key)) return undefined;
  try {
    const value = decodeURIComponent(pair.slice(equals + 1).trim());
    const metadata = properties.map((property) => property.trim()).join(";");
    return metadata === ""
      ? [key, { value }]
      : [key, { value, metadata: baggageEntryMetadataFromString(metadata) }];
  } catch {
    return undefined; // not percent-encoded
  }
}

/** A comma or a line break in them would be read as something else, so such properties are left out. */
function formatProperties(metadata: BaggageEntry["metadata"]): string {
  const text = metadata === undefined ? "" : String(metadata);
  return text !== "" && PROPERTIES.test(text) ? `;${text}` : "";
}

/** `encodeURIComponent` throws on half of a surrogate pair. */
function encode(value: unknown): string {
  return encodeURIComponent(String(value).toWellFormed());
}
