// connection-reason.ts — why there is no connection, in words.

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "no such host",
  ETIMEDOUT: "connection timed out",
  EHOSTUNREACH: "host unreachable",
};
const CODE = new RegExp(Object.keys(REASONS).join("|"), "u");

/** Of an error of the system, or of a library that puts the system's code into its text. */
export function connectionReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code ?? "";
  // With several addresses (127.0.0.1 and ::1) Node says nothing but the code.
  const text = error.message || code;
  const known = REASONS[code] ?? REASONS[CODE.exec(text)?.[0] ?? ""];
  return known ?? text;
}
