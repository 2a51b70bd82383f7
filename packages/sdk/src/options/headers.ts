// headers.ts — the headers of export requests. They hold secrets: no sentence repeats a value.

import { validateHeaderName, validateHeaderValue } from "node:http";
import { textsIn } from "./checks.ts";
import type { Environment } from "./environment.ts";

/** Throws a TypeError where one is no HTTP header. */
export function checkHeaders(name: string, given: unknown): void {
  const wrong = Object.entries(textsIn(name, given)).find(([key, value]) => !isHeader(key, value));
  if (wrong === undefined) return;
  throw new TypeError(`Cannot use option ${name}: "${wrong[0]}" or its value is no HTTP header`);
}

/** Of a variable, by lower-case name; a wrong one is said and left out. */
export function headersOf(environment: Environment, name: string): Record<string, string> {
  const headers = lowerCase(environment.pairs(name) ?? {});
  for (const [header, value] of Object.entries(headers)) {
    if (isHeader(header, value)) continue;
    environment.say(
      `Cannot use ${name}: "${header}" or its value is no HTTP header, and is ignored`,
    );
    delete headers[header];
  }
  return headers;
}

/** By lower-case name, so that a later one of the same name takes the place of an earlier one. */
export function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function isHeader(name: string, value: unknown): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value as string);
    return true;
  } catch {
    return false; // the caller says it, without the value
  }
}
