// official.ts — requests as an independent decoder sees them: protobufjs over the official definitions, which the
// npm package @opentelemetry/otlp-transformer ships as generated code.
//
// `viewOfficial` gives the same tree as `viewBatch` gives for a Batch, made without any code of this package.

import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js";
import type { Signal } from "../batch.ts";
import type { Tree } from "./batch-view.ts";

interface OfficialType {
  decode(bytes: Uint8Array): object;
  encode(message: object): { finish(): Uint8Array };
  fromObject(tree: object): object;
  toObject(message: object, options: object): Tree;
}

/* oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the generated code has no types */
const { collector } = (
  root as unknown as {
    opentelemetry: {
      proto: { collector: Record<string, { v1: Record<string, OfficialType> }> };
    };
  }
).opentelemetry.proto;

export const OFFICIAL = {
  traces: collector["trace"]!.v1["ExportTraceServiceRequest"]!,
  logs: collector["logs"]!.v1["ExportLogsServiceRequest"]!,
  metrics: collector["metrics"]!.v1["ExportMetricsServiceRequest"]!,
} as const;

export const OFFICIAL_RESPONSES = {
  traces: collector["trace"]!.v1["ExportTraceServiceResponse"]!,
  logs: collector["logs"]!.v1["ExportLogsServiceResponse"]!,
  metrics: collector["metrics"]!.v1["ExportMetricsServiceResponse"]!,
} as const;

/** Protobuf bytes of a request in the form of OTLP/JSON, except that ids and bytes are byte arrays. */
export function encodeOfficial(signal: Signal, tree: object): Uint8Array {
  const type = OFFICIAL[signal];
  return new Uint8Array(type.encode(type.fromObject(tree)).finish());
}

/** What the independent decoder makes of protobuf bytes. */
export function viewOfficial(signal: Signal, bytes: Uint8Array): Tree {
  const type = OFFICIAL[signal];
  const tree = type.toObject(type.decode(bytes), { longs: String, enums: Number });
  return viewTree(signal, tree);
}

/** What the independent decoder makes of OTLP/JSON. Its own JSON form has base64 ids, so those are turned first. */
export function viewOfficialJson(signal: Signal, text: string): Tree {
  return viewOfficial(signal, encodeOfficial(signal, bytesOfIds(JSON.parse(text, keepDigits))));
}

/** A reviver that gives integers beyond 2^53 as text. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)
    ? context?.source
    : value;
}

const ID_KEYS = new Set(["traceId", "spanId", "parentSpanId"]);

function bytesOfIds(value: unknown): object {
  if (Array.isArray(value)) return value.map(bytesOfIds);
  if (typeof value !== "object" || value === null) return value as never;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      ID_KEYS.has(key) ? bytesOfId(String(inner)) : bytesOfIds(inner),
    ]),
  );
}

function bytesOfId(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, text.endsWith("=") ? "base64" : "hex"));
}

const GROUPS = { traces: "Spans", logs: "Logs", metrics: "Metrics" } as const;
const ROWS = { traces: "spans", logs: "logRecords", metrics: "metrics" } as const;

function viewTree(signal: Signal, tree: Tree): Tree {
  const view = { traces: viewSpan, logs: viewLog, metrics: viewMetric }[signal];
  return {
    groups: list(tree, `resource${GROUPS[signal]}`).map((group) => ({
      attributes: attributesOf(child(group, "resource"), "attributes"),
      droppedAttributesCount: numberAt(child(group, "resource"), "droppedAttributesCount"),
      schemaUrl: textAt(group, "schemaUrl"),
      scopes: list(group, `scope${GROUPS[signal]}`).map((scope) => ({
        name: textAt(child(scope, "scope"), "name"),
        version: textAt(child(scope, "scope"), "version"),
        attributes: attributesOf(child(scope, "scope"), "attributes"),
        droppedAttributesCount: numberAt(child(scope, "scope"), "droppedAttributesCount"),
        schemaUrl: textAt(scope, "schemaUrl"),
        rows: list(scope, ROWS[signal]).filter(isAccepted).map(view),
      })),
    })),
  };

  /** Spans with ids that are none are rejected by rule; all else is kept. */
  function isAccepted(row: Tree): boolean {
    if (signal !== "traces") return true;
    const parent = row["parentSpanId"] as Uint8Array | undefined;
    return (
      idAt(row, "traceId", 16) !== "" &&
      idAt(row, "spanId", 8) !== "" &&
      (parent === undefined || parent.length === 0 || parent.length === 8)
    );
  }
}

function viewSpan(span: Tree): Tree {
  return {
    traceId: idAt(span, "traceId", 16),
    spanId: idAt(span, "spanId", 8),
    parentSpanId: idAt(span, "parentSpanId", 8),
    traceState: textAt(span, "traceState"),
    flags: numberAt(span, "flags"),
    name: textAt(span, "name"),
    kind: numberAt(span, "kind"),
    startTimeUnixNano: longAt(span, "startTimeUnixNano"),
    endTimeUnixNano: longAt(span, "endTimeUnixNano"),
    attributes: attributesOf(span, "attributes"),
    droppedAttributesCount: numberAt(span, "droppedAttributesCount"),
    events: list(span, "events").map((event) => ({
      timeUnixNano: longAt(event, "timeUnixNano"),
      name: textAt(event, "name"),
      attributes: attributesOf(event, "attributes"),
      droppedAttributesCount: numberAt(event, "droppedAttributesCount"),
    })),
    droppedEventsCount: numberAt(span, "droppedEventsCount"),
    links: list(span, "links").map((link) => ({
      traceId: idAt(link, "traceId", 16),
      spanId: idAt(link, "spanId", 8),
      traceState: textAt(link, "traceState"),
      flags: numberAt(link, "flags"),
      attributes: attributesOf(link, "attributes"),
      droppedAttributesCount: numberAt(link, "droppedAttributesCount"),
    })),
    droppedLinksCount: numberAt(span, "droppedLinksCount"),
    status: {
      code: numberAt(child(span, "status"), "code"),
      message: textAt(child(span, "status"), "message"),
    },
  };
}

function viewLog(log: Tree): Tree {
  return {
    timeUnixNano: longAt(log, "timeUnixNano"),
    observedTimeUnixNano: longAt(log, "observedTimeUnixNano"),
    severityNumber: numberAt(log, "severityNumber"),
    severityText: textAt(log, "severityText"),
    eventName: textAt(log, "eventName"),
    body: typedValue(child(log, "body")),
    attributes: attributesOf(log, "attributes"),
    droppedAttributesCount: numberAt(log, "droppedAttributesCount"),
    flags: numberAt(log, "flags"),
    traceId: idAt(log, "traceId", 16),
    spanId: idAt(log, "spanId", 8),
  };
}

const METRIC_TYPES = {
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 10,
  summary: 11,
} as const;

function viewMetric(metric: Tree): Tree {
  const kind = (Object.keys(METRIC_TYPES) as (keyof typeof METRIC_TYPES)[]).find(
    (name) => name in metric,
  );
  const data = kind === undefined ? {} : child(metric, kind);
  return {
    name: textAt(metric, "name"),
    description: textAt(metric, "description"),
    unit: textAt(metric, "unit"),
    type: kind === undefined ? 0 : METRIC_TYPES[kind],
    temporality: numberAt(data, "aggregationTemporality"),
    monotonic: data["isMonotonic"] ?? false,
    metadata: attributesOf(metric, "metadata"),
    points: list(data, "dataPoints").map((point) => ({
      ...viewPoint(point),
      ...(kind !== undefined && POINT_VIEWS[kind](point)),
    })),
  };
}

function viewPoint(point: Tree): Tree {
  return {
    attributes: attributesOf(point, "attributes"),
    startTimeUnixNano: longAt(point, "startTimeUnixNano"),
    timeUnixNano: longAt(point, "timeUnixNano"),
    flags: numberAt(point, "flags"),
  };
}

const POINT_VIEWS = {
  gauge: viewNumber,
  sum: viewNumber,
  histogram: (point: Tree): Tree => ({
    count: longAt(point, "count"),
    ...presentOf(point),
    bucketCounts: point["bucketCounts"] ?? [],
    explicitBounds: point["explicitBounds"] ?? [],
    exemplars: list(point, "exemplars").map(viewExemplar),
  }),
  exponentialHistogram: (point: Tree): Tree => ({
    count: longAt(point, "count"),
    ...presentOf(point),
    scale: numberAt(point, "scale"),
    zeroCount: longAt(point, "zeroCount"),
    zeroThreshold: numberAt(point, "zeroThreshold"),
    positive: viewBuckets(child(point, "positive")),
    negative: viewBuckets(child(point, "negative")),
    exemplars: list(point, "exemplars").map(viewExemplar),
  }),
  summary: (point: Tree): Tree => ({
    count: longAt(point, "count"),
    sum: numberAt(point, "sum"),
    quantileValues: list(point, "quantileValues").map((value) => ({
      quantile: numberAt(value, "quantile"),
      value: numberAt(value, "value"),
    })),
  }),
};

function viewNumber(point: Tree): Tree {
  return { value: numberOf(point), exemplars: list(point, "exemplars").map(viewExemplar) };
}

function viewExemplar(exemplar: Tree): Tree {
  return {
    attributes: attributesOf(exemplar, "filteredAttributes"),
    timeUnixNano: longAt(exemplar, "timeUnixNano"),
    value: numberOf(exemplar),
    traceId: idAt(exemplar, "traceId", 16),
    spanId: idAt(exemplar, "spanId", 8),
  };
}

function viewBuckets(buckets: Tree): Tree {
  return { offset: numberAt(buckets, "offset"), bucketCounts: buckets["bucketCounts"] ?? [] };
}

function numberOf(point: Tree): unknown {
  if ("asDouble" in point) return { double: point["asDouble"] };
  if ("asInt" in point) return { int: point["asInt"] };
  return null;
}

function presentOf(point: Tree): Tree {
  const present = ["sum", "min", "max"].filter((name) => name in point);
  return Object.fromEntries(present.map((name) => [name, point[name]]));
}

function attributesOf(owner: Tree, field: string): unknown[] {
  return list(owner, field).map((pair) => [textAt(pair, "key"), typedValue(child(pair, "value"))]);
}

function typedValue(value: Tree): unknown {
  if ("intValue" in value) return { int: value["intValue"] };
  if ("doubleValue" in value) return { double: value["doubleValue"] };
  return plainValue(value);
}

function plainValue(value: Tree): unknown {
  if ("intValue" in value) {
    const int = Number(value["intValue"]);
    return Number.isSafeInteger(int) ? int : value["intValue"];
  }
  if ("arrayValue" in value) return list(child(value, "arrayValue"), "values").map(plainValue);
  if ("kvlistValue" in value) {
    return Object.fromEntries(
      list(child(value, "kvlistValue"), "values").map((pair) => [
        textAt(pair, "key"),
        plainValue(child(pair, "value")),
      ]),
    );
  }
  if ("bytesValue" in value) return `0x${hex(value["bytesValue"] as Uint8Array)}`;
  return value["stringValue"] ?? value["boolValue"] ?? value["doubleValue"] ?? null;
}

function idAt(owner: Tree, field: string, sizeBytes: number): string {
  const bytes = owner[field] as Uint8Array | undefined;
  return bytes?.length === sizeBytes ? hex(bytes).replace(/^0+$/, "") : "";
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function list(owner: Tree, field: string): Tree[] {
  return (owner[field] ?? []) as Tree[];
}

function child(owner: Tree, field: string): Tree {
  return (owner[field] ?? {}) as Tree;
}

function numberAt(owner: Tree, field: string): unknown {
  return owner[field] ?? 0;
}

function longAt(owner: Tree, field: string): unknown {
  return owner[field] ?? "0";
}

function textAt(owner: Tree, field: string): unknown {
  return owner[field] ?? "";
}
