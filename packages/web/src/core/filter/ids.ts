// ids.ts — recognises a pasted trace or span id in the forms in which tools print them.

/**
 * A trace id as 32 lower-case hex digits, from hex in any case, with dashes (a UUID), with a `0x`, or base64.
 * All zeros is no id (W3C Trace Context 2.2).
 */
export function parseTraceId(text: string): string | undefined {
  return parseId(text, 16);
}

/** A span id as 16 lower-case hex digits. */
export function parseSpanId(text: string): string | undefined {
  return parseId(text, 8);
}

function parseId(text: string, bytes: number): string | undefined {
  const clean = text.trim();
  const hex = clean.replace(/^0x/i, "").replaceAll("-", "").toLowerCase();
  const id = new RegExp(`^[0-9a-f]{${bytes * 2}}$`).test(hex) ? hex : fromBase64(clean, bytes);
  return id === undefined || /^0+$/.test(id) ? undefined : id;
}

function fromBase64(text: string, bytes: number): string | undefined {
  const standard = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/]+$/.test(standard) || standard.length !== Math.ceil((bytes * 4) / 3))
    return undefined;
  const binary = atob(standard.padEnd(Math.ceil(standard.length / 4) * 4, "="));
  if (binary.length !== bytes) return undefined;
  return Array.from(binary, (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
