// log.ts — what the dashboard tells its operator, one line at a time, as text or as JSON.
//
// Only what a person may have to act on: counters belong to the pipeline page.

export type LogLevel = "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, string | number>>;
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

/** A log that writes to `write`; JSON lines have `time`, `level`, `message` and the fields. */
export function openLog(options: { json: boolean; write: (line: string) => void }): Log {
  const { json, write } = options;
  return (level, message, fields = {}) => {
    const time = new Date().toISOString();
    if (json) return write(`${JSON.stringify({ time, level, message, ...fields })}\n`);
    return write(`${time.slice(11, 19)} ${level.padEnd(5)} ${message}\n`);
  };
}
