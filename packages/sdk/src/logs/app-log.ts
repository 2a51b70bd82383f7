// app-log.ts — the functions with which an app writes log records.
//
// A record carries the ids of the current span, so that the page can show a trace's logs beside its spans
// and lead from a line to its trace. Before `startTelemetry` they do nothing.

import type { Attributes } from "@opentelemetry/api";

import { shared } from "../state/state.ts";
import { SEVERITIES } from "./severity.ts";
import type { SeverityName } from "./severity.ts";

/** What a record says: a text, an error (with its stack as `exception.*`), or any value that OTLP has. */
export type LogMessage = string | Error | number | boolean | bigint | object;

/** One function per severity. */
export interface Log {
  trace(message: LogMessage, attributes?: Attributes | Error): void;
  debug(message: LogMessage, attributes?: Attributes | Error): void;
  info(message: LogMessage, attributes?: Attributes | Error): void;
  warn(message: LogMessage, attributes?: Attributes | Error): void;
  /**
   * An error as message becomes its text and `exception.*` attributes; an error in place of the attributes
   * only the latter.
   *
   * @example
   * import { log } from "@telemetry/sdk";
   *
   * const error = new Error("card declined");
   * log.error(error, { "order.id": 7 });
   * log.error("payment failed", error);
   */
  error(message: LogMessage, attributes?: Attributes | Error): void;
  fatal(message: LogMessage, attributes?: Attributes | Error): void;
  /** A log whose records all have these attributes. A record's own ones win. */
  with(attributes: Attributes): Log;
}

/**
 * Writes log records that belong to the current span.
 *
 * @example
 * import { log } from "@telemetry/sdk";
 *
 * log.info("order paid", { "order.id": 7 });
 * const checkout = log.with({ component: "checkout" });
 * checkout.warn("stock is low");
 */
export const log: Log = createLog({});

function createLog(common: Attributes): Log {
  const write =
    (severity: SeverityName) =>
    (message: LogMessage, attributes?: Attributes | Error): void => {
      shared.appLogger?.emit(recordOf(severity, message, attributes, common));
    };
  return {
    trace: write("trace"),
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    fatal: write("fatal"),
    with: (attributes) => createLog(merged(common, attributes)),
  };
}

function recordOf(
  severity: SeverityName,
  message: LogMessage,
  given: Attributes | Error | undefined,
  common: Attributes,
): { severityNumber: number; body: unknown; attributes: Attributes; exception?: unknown } {
  const severityNumber = SEVERITIES[severity];
  if (given instanceof Error) {
    return { severityNumber, body: textOf(message), attributes: common, exception: given };
  }
  const attributes = given === undefined ? common : merged(common, given);
  if (!(message instanceof Error)) return { severityNumber, body: message, attributes };
  return { severityNumber, body: textOf(message), attributes, exception: message };
}

/** The text of an error, without its stack. */
function textOf(message: LogMessage): unknown {
  if (!(message instanceof Error)) return message;
  try {
    return String(message);
  } catch {
    return "an error that has no text";
  }
}

/** Properties that cannot be read are the record's problem when it is encoded, not the caller's now. */
function merged(common: Attributes, attributes: Attributes): Attributes {
  try {
    return { ...common, ...attributes };
  } catch {
    return common;
  }
}
