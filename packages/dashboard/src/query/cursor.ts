// cursor.ts — where a list goes on: opaque to the client, and checked when it comes back.
//
// base64url of a JSON array whose first element is the order the list was in.

import { QuestionError } from "./failures.ts";

export function encodeCursor(order: string, ...parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([order, ...parts])).toString("base64url");
}

/** The parts, if they match the patterns one by one. Throws QuestionError. */
export function decodeCursor(cursor: string, order: string, patterns: readonly RegExp[]): string[] {
  const [foundOrder, ...parts] = readArray(cursor);
  const fits =
    foundOrder === order &&
    parts.length === patterns.length &&
    patterns.every((pattern, index) => pattern.test(parts[index] as string));
  if (!fits) {
    throw new QuestionError(
      "Cannot use cursor: it was not made by this question; ask without it first",
    );
  }
  return parts;
}

function readArray(cursor: string): string[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    return []; // not of ours; the caller says so
  }
}
