// generated.ts — requests that fast-check makes up, with every field of every message.
//
// A request is a tree in the form of OTLP/JSON whose ids and bytes are byte arrays; `encodeOfficial` makes protobuf
// of it and `jsonOf` JSON, in the several ways that JSON may be written.

import * as fc from "fast-check";
import type { Signal } from "../index.ts";
import type { Tree } from "./batch-view.ts";

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constantFrom(
    "",
    "service.name",
    'quote " and \\',
    "line\nbreak",
    "\u{1F9ED}",
    "x".repeat(300),
  ),
);
const uint32 = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 0xffff_ffff }));
const sint32 = fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer());
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const int64 = fc
  .oneof(
    fc.integer({ min: -200, max: 200 }).map(BigInt),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  )
  .map(String);
const double = fc.double();
const bytes = fc.uint8Array({ maxLength: 20 });
const traceId = fc.uint8Array({ minLength: 16, maxLength: 16 }).filter((id) => id.some(Boolean));
const spanId = fc.uint8Array({ minLength: 8, maxLength: 8 }).filter((id) => id.some(Boolean));

const { anyValue } = fc.letrec<{ anyValue: Tree; leaf: Tree }>((tie) => ({
  leaf: fc.oneof(
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: int64 }),
    fc.record({ doubleValue: double }),
    fc.record({ bytesValue: bytes }),
    fc.constant({}),
  ),
  anyValue: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { arbitrary: tie("leaf"), weight: 6 },
    {
      arbitrary: fc.record({
        arrayValue: fc.record({ values: fc.array(tie("anyValue"), { maxLength: 4 }) }),
      }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        kvlistValue: fc.record({
          values: fc.array(fc.record({ key: text, value: tie("anyValue") }), { maxLength: 4 }),
        }),
      }),
      weight: 1,
    },
  ),
}));

const attributes = fc.array(fc.record({ key: text, value: anyValue }, { requiredKeys: [] }), {
  maxLength: 6,
});

/** A message whose fields may each be absent. */
function partial(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Tree> {
  return fc.record(fields, { requiredKeys: [] });
}

const span = fc
  .tuple(
    fc.record({ traceId, spanId }),
    partial({
      parentSpanId: fc.oneof(spanId, fc.constant(new Uint8Array(8))),
      traceState: text,
      flags: uint32,
      name: text,
      kind: fc.nat({ max: 5 }),
      startTimeUnixNano: uint64,
      endTimeUnixNano: uint64,
      attributes,
      droppedAttributesCount: uint32,
      events: fc.array(
        partial({ timeUnixNano: uint64, name: text, attributes, droppedAttributesCount: uint32 }),
        { maxLength: 3 },
      ),
      droppedEventsCount: uint32,
      links: fc.array(
        partial({
          traceId,
          spanId,
          traceState: text,
          attributes,
          droppedAttributesCount: uint32,
          flags: uint32,
        }),
        { maxLength: 3 },
      ),
      droppedLinksCount: uint32,
      status: partial({ code: fc.nat({ max: 2 }), message: text }),
    }),
  )
  .map(([ids, rest]) => ({ ...ids, ...rest }));

const log = partial({
  timeUnixNano: uint64,
  observedTimeUnixNano: uint64,
  severityNumber: fc.nat({ max: 24 }),
  severityText: text,
  body: anyValue,
  attributes,
  droppedAttributesCount: uint32,
  flags: uint32,
  traceId,
  spanId,
  eventName: text,
});

const value = fc.oneof(
  fc.record({ asDouble: double }),
  fc.record({ asInt: int64 }),
  fc.constant<Tree>({}),
);

/** A message that also has one of the two values, or none. */
function withValue(fields: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> {
  return fc.tuple(fields, value).map(([tree, one]) => ({ ...tree, ...one }));
}

const exemplars = fc.array(
  withValue(partial({ filteredAttributes: attributes, timeUnixNano: uint64, spanId, traceId })),
  { maxLength: 3 },
);

const point = {
  attributes,
  startTimeUnixNano: uint64,
  timeUnixNano: uint64,
  flags: uint32,
};
const statistics = { count: uint64, sum: double, min: double, max: double };
const buckets = partial({ offset: sint32, bucketCounts: fc.array(uint64, { maxLength: 6 }) });

const numberPoints = fc.array(withValue(partial({ ...point, exemplars })), { maxLength: 3 });
const histogramPoints = fc.array(
  partial({
    ...point,
    ...statistics,
    bucketCounts: fc.array(uint64, { maxLength: 6 }),
    explicitBounds: fc.array(double, { maxLength: 6 }),
    exemplars,
  }),
  { maxLength: 3 },
);
const exponentialPoints = fc.array(
  partial({
    ...point,
    ...statistics,
    scale: sint32,
    zeroCount: uint64,
    zeroThreshold: double,
    positive: buckets,
    negative: buckets,
    exemplars,
  }),
  { maxLength: 3 },
);
const summaryPoints = fc.array(
  partial({
    ...point,
    count: uint64,
    sum: double,
    quantileValues: fc.array(partial({ quantile: double, value: double }), { maxLength: 3 }),
  }),
  { maxLength: 3 },
);

const aggregationTemporality = fc.nat({ max: 2 });
const data = fc.oneof(
  fc.constant<Tree>({}),
  fc.record({ gauge: partial({ dataPoints: numberPoints }) }),
  fc.record({
    sum: partial({ dataPoints: numberPoints, aggregationTemporality, isMonotonic: fc.boolean() }),
  }),
  fc.record({ histogram: partial({ dataPoints: histogramPoints, aggregationTemporality }) }),
  fc.record({
    exponentialHistogram: partial({ dataPoints: exponentialPoints, aggregationTemporality }),
  }),
  fc.record({ summary: partial({ dataPoints: summaryPoints }) }),
);
const metric = fc
  .tuple(partial({ name: text, description: text, unit: text, metadata: attributes }), data)
  .map(([head, one]) => ({ ...head, ...one }));

const ROWS = {
  traces: ["resourceSpans", "scopeSpans", "spans", span],
  logs: ["resourceLogs", "scopeLogs", "logRecords", log],
  metrics: ["resourceMetrics", "scopeMetrics", "metrics", metric],
} as const;

/** Requests of a signal, of up to three resources with up to three scopes with up to four rows each. */
export function requests(signal: Signal): fc.Arbitrary<Tree> {
  const [groups, scopeGroups, rows, row] = ROWS[signal];
  const scopeGroup = partial({
    scope: partial({ name: text, version: text, attributes, droppedAttributesCount: uint32 }),
    [rows]: fc.array<Tree>(row as fc.Arbitrary<Tree>, { maxLength: 4 }),
    schemaUrl: text,
  });
  const group = partial({
    resource: partial({ attributes, droppedAttributesCount: uint32 }),
    [scopeGroups]: fc.array(scopeGroup, { maxLength: 3 }),
    schemaUrl: text,
  });
  return partial({ [groups]: fc.array(group, { maxLength: 3 }) });
}

/** The ways to write the same request as JSON. */
export interface JsonStyle {
  readonly snakeCase: boolean;
  readonly upperCaseIds: boolean;
  readonly longsAsNumbers: boolean;
  readonly enumNames: boolean;
  readonly urlSafeBytes: boolean;
  readonly indent: number;
}

export const jsonStyles: fc.Arbitrary<JsonStyle> = fc.record({
  snakeCase: fc.boolean(),
  upperCaseIds: fc.boolean(),
  longsAsNumbers: fc.boolean(),
  enumNames: fc.boolean(),
  urlSafeBytes: fc.boolean(),
  indent: fc.constantFrom(0, 1),
});

const ENUM_NAMES: Record<string, readonly string[]> = {
  kind: [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
  ],
  code: ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"],
  aggregationTemporality: [
    "AGGREGATION_TEMPORALITY_UNSPECIFIED",
    "AGGREGATION_TEMPORALITY_DELTA",
    "AGGREGATION_TEMPORALITY_CUMULATIVE",
  ],
};
const LONG_FIELD = /Nano$|^count$|^bucketCounts$|^zeroCount$|^asInt$|^intValue$/;

/** The request as OTLP/JSON. */
export function jsonOf(request: Tree, style: JsonStyle): string {
  const longs: string[] = [];
  const written = JSON.stringify(writeValue(request, ""), undefined, style.indent);
  // JSON.stringify cannot write an integer beyond 2^53, so its digits take the place of a mark.
  return written.replace(/"long:(\d+)"/g, (_, index: string) => longs[Number(index)] as string);

  function writeValue(value: unknown, key: string): unknown {
    if (value instanceof Uint8Array) return writeBytes(value, key);
    if (Array.isArray(value)) return value.map((item) => writeValue(item, key));
    if (typeof value === "number") return writeNumber(value, key);
    if (typeof value === "string" && style.longsAsNumbers && LONG_FIELD.test(key)) {
      return `long:${longs.push(value) - 1}`;
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        style.snakeCase ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : name,
        writeValue(inner, name),
      ]),
    );
  }

  function writeBytes(value: Uint8Array, key: string): string {
    if (key === "bytesValue") {
      return Buffer.from(value).toString(style.urlSafeBytes ? "base64url" : "base64");
    }
    const hex = Buffer.from(value).toString("hex");
    return style.upperCaseIds ? hex.toUpperCase() : hex;
  }

  function writeNumber(value: number, key: string): unknown {
    if (style.enumNames && key in ENUM_NAMES) return ENUM_NAMES[key]?.[value];
    if (Object.is(value, -0)) return "-0";
    return Number.isFinite(value) ? value : String(value);
  }
}
