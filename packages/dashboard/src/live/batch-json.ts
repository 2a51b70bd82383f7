// batch-json.ts — spans and log records of a Batch in the JSON of contract.ts, as the trace and log routes answer them.
//
// Made only of rows that a page gets to see. Resources and scopes are made once per batch.

import {
  findAttribute,
  isZeroId,
  readSpanId,
  readString,
  readTraceId,
  readValueAs,
  AttributeType,
  type Batch,
  type LogBatch,
  type TraceBatch,
} from "@telemetry/otlp";
import type {
  LogRecord,
  Scope,
  Span,
  SpanEvent,
  SpanKind,
  SpanLink,
  StatusCode,
  TimeSource,
} from "../contract/contract.ts";
import { contractValues, readAttributes, unlessEmpty } from "./contract-values.ts";

const KINDS: readonly SpanKind[] = [
  "unspecified",
  "internal",
  "server",
  "client",
  "producer",
  "consumer",
];
const STATUSES: readonly StatusCode[] = ["unset", "ok", "error"];
const SERVICE_NAME = new TextEncoder().encode("service.name");

type Origin = Pick<
  Span,
  | "service"
  | "resource"
  | "scope"
  | "resourceDroppedAttributesCount"
  | "resourceSchemaUrl"
  | "scopeSchemaUrl"
>;

/** `service.name` of a resource; empty without one, as in the store. */
export function readServiceName(batch: Batch, resource: number): string {
  const { attributes: ranges } = batch.resources;
  const [start, end] = [ranges[resource] as number, ranges[resource + 1] as number];
  const row = findAttribute(batch, start, end, SERVICE_NAME);
  if (row < 0 || batch.attributes.type[row] !== AttributeType.string) return "";
  const { low, high } = batch.attributes;
  return readString(batch, { start: low, length: high }, row);
}

/** The service's name of each scope of a batch. */
export function readServices(batch: Batch): string[] {
  const byResource = Array.from({ length: batch.resources.count }, (_, resource) =>
    readServiceName(batch, resource),
  );
  return Array.from(batch.scopes.resource, (resource) => byResource[resource] as string);
}

/** Reads rows of one batch that arrived at `receivedAtMs`. */
export class BatchJson<B extends TraceBatch | LogBatch> {
  readonly #batch: B;
  readonly #received: string;
  readonly #origins = new Map<number, Origin>();

  constructor(batch: B, receivedAtMs: number) {
    this.#batch = batch;
    this.#received = String(BigInt(receivedAtMs) * 1_000_000n);
  }

  span(this: BatchJson<TraceBatch>, row: number): Span {
    const batch = this.#batch;
    const { spans } = batch;
    const startTimeUnixNano = String(spans.startTimeUnixNano[row]);
    const endTimeUnixNano = String(spans.endTimeUnixNano[row]);
    const isTimed = startTimeUnixNano !== "0";
    return {
      spanId: readSpanId(spans.spanId, row),
      ...(isZeroId(spans.parentSpanId, row, 8)
        ? {}
        : { parentSpanId: readSpanId(spans.parentSpanId, row) }),
      name: readString(batch, spans.name, row),
      kind: nameOf(KINDS, spans.kind[row]),
      startTimeUnixNano: isTimed ? startTimeUnixNano : this.#received,
      ...(endTimeUnixNano === "0" ? {} : { endTimeUnixNano }),
      attributes: readRange(batch, spans.attributes, row),
      ...this.#originOf(spans.scope[row] as number),
      ...(isTimed ? {} : { timeSource: "received" as const }),
      events: range(spans.events, row).map((event) => this.#event(event)),
      links: range(spans.links, row).map((link) => this.#link(link)),
      status: {
        code: nameOf(STATUSES, spans.statusCode[row]),
        ...unlessEmpty("message", readString(batch, spans.statusMessage, row)),
      },
      flags: spans.flags[row] as number,
      ...unlessEmpty("traceState", readString(batch, spans.traceState, row)),
      ...unlessEmpty("droppedAttributesCount", spans.droppedAttributesCount[row] as number),
      ...unlessEmpty("droppedEventsCount", spans.droppedEventsCount[row] as number),
      ...unlessEmpty("droppedLinksCount", spans.droppedLinksCount[row] as number),
    };
  }

  #event(this: BatchJson<TraceBatch>, row: number): SpanEvent {
    const { events } = this.#batch;
    return {
      name: readString(this.#batch, events.name, row),
      timeUnixNano: String(events.timeUnixNano[row]),
      attributes: readRange(this.#batch, events.attributes, row),
      ...unlessEmpty("droppedAttributesCount", events.droppedAttributesCount[row] as number),
    };
  }

  #link(this: BatchJson<TraceBatch>, row: number): SpanLink {
    const { links } = this.#batch;
    return {
      traceId: readTraceId(links.traceId, row),
      spanId: readSpanId(links.spanId, row),
      ...unlessEmpty("traceState", readString(this.#batch, links.traceState, row)),
      ...unlessEmpty("flags", links.flags[row] as number),
      attributes: readRange(this.#batch, links.attributes, row),
      ...unlessEmpty("droppedAttributesCount", links.droppedAttributesCount[row] as number),
    };
  }

  log(this: BatchJson<LogBatch>, row: number): LogRecord {
    const batch = this.#batch;
    const { logs } = batch;
    const observed = String(logs.observedTimeUnixNano[row]);
    const { time, source } = timeOf(String(logs.timeUnixNano[row]), observed, this.#received);
    return {
      timeUnixNano: time,
      ...(observed === "0" ? {} : { observedTimeUnixNano: observed }),
      severityNumber: logs.severityNumber[row] as number,
      severityText: readString(batch, logs.severityText, row),
      body: readValueAs(batch, logs.body, row, contractValues),
      ...unlessEmpty("eventName", readString(batch, logs.eventName, row)),
      attributes: readRange(batch, logs.attributes, row),
      ...this.#originOf(logs.scope[row] as number),
      ...(source === undefined ? {} : { timeSource: source }),
      ...(isZeroId(logs.traceId, row, 16) ? {} : { traceId: readTraceId(logs.traceId, row) }),
      ...(isZeroId(logs.spanId, row, 8) ? {} : { spanId: readSpanId(logs.spanId, row) }),
      ...unlessEmpty("flags", logs.flags[row] as number),
      ...unlessEmpty("droppedAttributesCount", logs.droppedAttributesCount[row] as number),
    };
  }

  #originOf(scope: number): Origin {
    let origin = this.#origins.get(scope);
    if (origin === undefined) this.#origins.set(scope, (origin = this.#readOrigin(scope)));
    return origin;
  }

  #readOrigin(scope: number): Origin {
    const batch: Batch = this.#batch;
    const { resources, scopes } = batch;
    const resource = scopes.resource[scope] as number;
    const droppedByResource = resources.droppedAttributesCount[resource] as number;
    return {
      service: readServiceName(batch, resource),
      resource: readRange(batch, resources.attributes, resource),
      scope: this.#readScope(scope),
      ...unlessEmpty("resourceDroppedAttributesCount", droppedByResource),
      ...unlessEmpty("resourceSchemaUrl", readString(batch, resources.schemaUrl, resource)),
      ...unlessEmpty("scopeSchemaUrl", readString(batch, scopes.schemaUrl, scope)),
    };
  }

  #readScope(row: number): Scope {
    const batch: Batch = this.#batch;
    const { scopes } = batch;
    return {
      name: readString(batch, scopes.name, row),
      ...unlessEmpty("version", readString(batch, scopes.version, row)),
      attributes: readRange(batch, scopes.attributes, row),
      ...unlessEmpty("droppedAttributesCount", scopes.droppedAttributesCount[row] as number),
    };
  }
}

/** The time of a log record, and whose it is when the sender gave none. */
function timeOf(
  time: string,
  observed: string,
  received: string,
): { time: string; source?: TimeSource } {
  if (time !== "0") return { time };
  if (observed !== "0") return { time: observed, source: "observed" };
  return { time: received, source: "received" };
}

/** A number that has no name is its digits, as in the store. */
function nameOf<Name extends string>(names: readonly Name[], code: number | undefined): Name {
  return names[code ?? 0] ?? (String(code) as Name);
}

function readRange(batch: Batch, ranges: Uint32Array, row: number) {
  return readAttributes(batch, ranges[row] as number, ranges[row + 1] as number);
}

function range(offsets: Uint32Array, row: number): number[] {
  const start = offsets[row] as number;
  return Array.from({ length: (offsets[row + 1] as number) - start }, (_, at) => start + at);
}
