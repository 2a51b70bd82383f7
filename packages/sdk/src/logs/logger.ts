// logger.ts — the Logger behind the official api: a record is checked, encoded and forgotten at once.
//
//   emit ─▶ severe enough? ─▶ room in the queue? ─▶ span of the context, limits ─▶ encoded into the scope's bytes
//
// A record that is emitted while our own requests are being made is dropped: it would cause the next
// request, which causes the next record. Nothing here throws.

import type { Attributes, Context, TimeInput } from "@opentelemetry/api";
import { encodeLog } from "@telemetry/otlp/encode";
import type { AnyValue, KeyTable } from "@telemetry/otlp/encode";

import { copyAttributes, valueFor } from "../attributes/attributes.ts";
import type { CopiedAttributes, ValueLimits } from "../attributes/attributes.ts";
import { instantFrom } from "../clock/clock.ts";
import type { Clock } from "../clock/clock.ts";
import { activeContext, isSuppressed, spanOf } from "../context/context.ts";
import type { ScopeBuffer } from "../export/export.ts";
import { exceptionAttributes, factsOf } from "../trace/trace.ts";
import { logSpanOf } from "./log-span.ts";
import { severityText } from "./severity.ts";

/** What all loggers of a process share. */
export interface LogCore {
  readonly clock: Clock;
  readonly keys: KeyTable;
  readonly valueLimits: ValueLimits;
  readonly attributeCount: number;
  readonly minimumSeverity: number;
  /** Counts a record or a part of it that was lost. */
  readonly onLoss: (counter: string) => void;
  isStopped: boolean;
  emittedCount: number;
}

/** The api's LogRecord; every member may be absent. */
export interface LogRecordInput {
  readonly eventName?: string;
  readonly timestamp?: TimeInput;
  readonly observedTimestamp?: TimeInput;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: unknown;
  readonly attributes?: Attributes;
  /** Becomes `exception.*` attributes, unless they are given. */
  readonly exception?: unknown;
  readonly context?: Context;
}

/** The key under which the app's redaction hook sees a body that is no map. */
const BODY_KEY = "body";
const SEVERITY_MAX = 24;

export class Logger {
  readonly #core: LogCore;
  readonly #buffer: ScopeBuffer;

  constructor(core: LogCore, buffer: ScopeBuffer) {
    this.#core = core;
    this.#buffer = buffer;
  }

  /** Whether a record would be kept: ask before making an expensive one. */
  enabled(options: { context?: Context; severityNumber?: number } = {}): boolean {
    const { isStopped, minimumSeverity } = this.#core;
    const severityNumber = severityOf(options.severityNumber);
    if (isStopped || (severityNumber > 0 && severityNumber < minimumSeverity)) return false;
    return !isSuppressed(options.context ?? activeContext());
  }

  emit(record: LogRecordInput): void {
    if (typeof record !== "object" || record === null || !this.enabled(record)) return;
    try {
      if (!this.#buffer.begin()) return;
      this.#encode(record);
      this.#buffer.commit();
      this.#core.emittedCount++;
    } catch {
      this.#buffer.discard();
      this.#core.onLoss("log.unreadable");
    }
  }

  #encode(record: LogRecordInput): void {
    const { clock, keys } = this.#core;
    const now = clock.instant();
    const time = timeOf(record.timestamp) ?? now;
    const observed = timeOf(record.observedTimestamp) ?? now;
    const severityNumber = severityOf(record.severityNumber);
    const attributes = this.#attributesOf(record);
    const log = {
      anchor: time.anchor,
      ms: time.ms,
      observedAnchor: observed.anchor,
      observedMs: observed.ms,
      severityNumber,
      severityText: this.#textOf(record.severityText) ?? severityText(severityNumber),
      body: this.#bodyOf(record.body),
      eventName: this.#textOf(record.eventName) ?? "",
      flatAttributes: attributes.flat,
      droppedAttributesCount: attributes.droppedCount,
      span: logSpanOf(spanOf(record.context ?? activeContext())),
    };
    encodeLog(this.#buffer.writer, log, keys);
  }

  #attributesOf(record: LogRecordInput): CopiedAttributes {
    const { attributeCount, valueLimits } = this.#core;
    const { attributes, exception } = record;
    if (exception === undefined) return copyAttributes(attributes, attributeCount, valueLimits);
    const all = { ...exceptionAttributes(factsOf(exception)), ...attributes };
    return copyAttributes(all, attributeCount, valueLimits);
  }

  #bodyOf(body: unknown): AnyValue | undefined {
    return body === undefined || body === null
      ? undefined
      : valueFor(BODY_KEY, body, this.#core.valueLimits);
  }

  #textOf(text: unknown): string | undefined {
    return typeof text === "string"
      ? text.slice(0, this.#core.valueLimits.valueLengthMax)
      : undefined;
  }
}

/** A time that is none counts as now. */
function timeOf(time: TimeInput | undefined): ReturnType<typeof instantFrom> {
  return time === undefined ? undefined : instantFrom(time);
}

function severityOf(severityNumber: unknown): number {
  return typeof severityNumber === "number" && severityNumber >= 1 && severityNumber <= SEVERITY_MAX
    ? Math.trunc(severityNumber)
    : 0;
}
