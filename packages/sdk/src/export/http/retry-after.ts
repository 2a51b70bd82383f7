// retry-after.ts — the header Retry-After: whole seconds, or a date (RFC 9110, 10.2.3).

/** Milliseconds from now; undefined where the header is absent or cannot be read. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? "";
  // Fractions are not in the RFC, but some servers send them.
  if (/^\d+(?:\.\d+)?$/u.test(text)) return Number(text) * 1_000;
  const dateMs = /[a-z]/iu.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
