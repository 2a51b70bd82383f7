// severity.ts — the six levels of the friendly functions and their numbers (logs/data-model.md, "Severity Fields").

export const SEVERITIES = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const;

export type SeverityName = keyof typeof SEVERITIES;

const NAMES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;
const NUMBERS_PER_NAME = 4;

/** The short name of a severity number: 17 is "ERROR", 18 is "ERROR2"; empty when there is none. */
export function severityText(severityNumber: number): string {
  const index = severityNumber - 1;
  const name = NAMES[Math.floor(index / NUMBERS_PER_NAME)];
  if (name === undefined) return "";
  const step = index % NUMBERS_PER_NAME;
  return step === 0 ? name : `${name}${step + 1}`;
}
