// text.ts — attribute values as text. Telemetry is only ever text on the page, and never endless.

import type { AttributeValue } from "@telemetry/dashboard/contract";

/** A value on one line: strings as they are, everything nested as JSON. */
export function attributeText(value: AttributeValue): string {
  return typeof value === "string" ? value : jsonText(value, 0);
}

/** A log's body on one line: line breaks become a visible mark, so that a row stays a row. */
export function bodyText(body: AttributeValue, lengthMax = 2_000): string {
  const text = attributeText(body).replace(/\s*[\r\n]+\s*/g, " ⏎ ");
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}

/** JSON as a person reads it; `indent` 0 is one line with spaces. */
export function jsonText(value: unknown, indent = 2): string {
  const text = JSON.stringify(value, undefined, indent === 0 ? 1 : indent);
  if (text === undefined) return "";
  return indent === 0 ? text.replace(/\n\s*/g, " ") : text;
}
