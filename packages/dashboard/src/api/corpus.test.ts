// Requests of eight other encoders, and one payload per signal as JSON, JSON lines and protobuf, posted to a whole
// dashboard and read back: spans and logs from the API, metric points by SQL, each compared field by field with what an independent decoder (protobufjs over the
// official definitions) sees in the same bytes. What OTLP has and we do not keep is listed in
// docs/guide/api.md ("What is not kept"); nothing of it occurs below except where it is named.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  corpusFiles,
  equalFiles,
  invalidFiles,
  MISSING_PAYLOADS,
  viewOfficial,
  viewOfficialJson,
  type PayloadFile,
  type Tree,
} from "../../../otlp/src/conformance/conformance.ts";
import type { MetricKind, SqlAnswer } from "../contract/contract.ts";
import { openDashboard, type DashboardHandle } from "../index.ts";
import {
  attributesSql,
  readAttributes,
  readTextAttributes,
  type AttributesRow,
} from "../query/attributes.ts";

const SIXTY_YEARS_MS = 60 * 365 * 86_400_000;

// ---- values, in one form for both sides: { int }, { double } at the top of a value, plain inside

/** Of the decoder's view. */
function expectedAttributes(pairs: unknown): Tree {
  return Object.fromEntries(
    (pairs as [string, unknown][]).map(([key, value]) => [key, expectedValue(value)]),
  );
}

function expectedValue(value: unknown): unknown {
  if (!isNumber(value)) return expectedPlain(value);
  return "double" in value || Number.isSafeInteger(Number(value.int)) ? value : value.int;
}

/** The decoder's view has bytes as "0x" and hex digits. */
function expectedPlain(value: unknown): unknown {
  if (typeof value === "string" && /^0x([0-9a-f]{2})*$/.test(value)) {
    return { bytesValue: Buffer.from(value.slice(2), "hex").toString("base64") };
  }
  if (Array.isArray(value)) return value.map(expectedPlain);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, expectedPlain(inner)]),
  );
}

/** Of the API's text, where 5.0 is a double and 5 an integer. */
function parseAnswer(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value !== "number") return value;
    return /^-?\d+$/.test(context?.source ?? "") ? { int: String(value) } : { double: value };
  });
}

function foundAttributes(attributes: Tree): Tree {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, foundValue(value)]),
  );
}

function foundValue(value: unknown): unknown {
  return isNumber(value) ? value : plain(value);
}

function plain(value: unknown): unknown {
  if (isNumber(value)) return Number("int" in value ? value.int : value.double);
  if (Array.isArray(value)) return value.map(plain);
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function isNumber(value: unknown): value is { int: string } | { double: number } {
  return typeof value === "object" && value !== null && ("int" in value || "double" in value);
}

/** Rows have no order of their own, and neither have the keys of an object. */
function sorted(rows: readonly unknown[]): unknown[] {
  const texts = rows.map((row) =>
    JSON.stringify(row, (_, value: unknown) =>
      isTree(value) ? Object.fromEntries(Object.entries(value).toSorted(byKey)) : value,
    ),
  );
  return texts.toSorted().map((row) => JSON.parse(row) as unknown);
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

// ---- what the independent decoder sees

const trees = new Map<PayloadFile["signal"], Tree[]>();

function rowsOf(signal: PayloadFile["signal"]): { group: Tree; scope: Tree; row: Tree }[] {
  return (trees.get(signal) ?? []).flatMap((tree) =>
    (tree.groups as Tree[]).flatMap((group) =>
      (group.scopes as Tree[]).flatMap((scope) =>
        (scope.rows as Tree[]).map((row) => ({ group, scope, row })),
      ),
    ),
  );
}

function expectedOrigin(group: Tree, scope: Tree): Tree {
  const resource = expectedAttributes(group.attributes);
  return {
    service: typeof resource["service.name"] === "string" ? resource["service.name"] : "",
    resource,
    resourceDroppedAttributesCount: group.droppedAttributesCount,
    resourceSchemaUrl: group.schemaUrl,
    scope: {
      name: scope.name,
      version: scope.version,
      attributes: expectedAttributes(scope.attributes),
      droppedAttributesCount: scope.droppedAttributesCount,
    },
    scopeSchemaUrl: scope.schemaUrl,
  };
}

function foundOrigin(row: Tree): Tree {
  const scope = row.scope as Tree;
  return {
    service: row.service,
    resource: foundAttributes(row.resource as Tree),
    resourceDroppedAttributesCount: plain(row.resourceDroppedAttributesCount) ?? 0,
    resourceSchemaUrl: row.resourceSchemaUrl ?? "",
    scope: {
      name: scope.name,
      version: scope.version ?? "",
      attributes: foundAttributes(scope.attributes as Tree),
      droppedAttributesCount: plain(scope.droppedAttributesCount) ?? 0,
    },
    scopeSchemaUrl: row.scopeSchemaUrl ?? "",
  };
}

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const STATUSES = ["unset", "ok", "error"];

function expectedSpan(span: Tree): Tree {
  const status = span.status as Tree;
  const withAttributes = (part: Tree) => ({
    ...part,
    attributes: expectedAttributes(part.attributes),
  });
  return {
    ...withAttributes(span),
    kind: KINDS[span.kind as number],
    status: { code: STATUSES[status.code as number], message: status.message },
    events: (span.events as Tree[]).map(withAttributes),
    links: (span.links as Tree[]).map(withAttributes),
  };
}

function foundSpan(traceId: string, span: Tree): Tree {
  const status = span.status as Tree;
  return {
    traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? "",
    traceState: span.traceState ?? "",
    flags: plain(span.flags),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: span.timeSource === "received" ? "0" : span.startTimeUnixNano,
    endTimeUnixNano: span.endTimeUnixNano ?? "0",
    attributes: foundAttributes(span.attributes as Tree),
    droppedAttributesCount: plain(span.droppedAttributesCount) ?? 0,
    events: (span.events as Tree[]).map((event) => ({
      timeUnixNano: event.timeUnixNano,
      name: event.name,
      attributes: foundAttributes(event.attributes as Tree),
      droppedAttributesCount: plain(event.droppedAttributesCount) ?? 0,
    })),
    droppedEventsCount: plain(span.droppedEventsCount) ?? 0,
    links: (span.links as Tree[]).map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      traceState: link.traceState ?? "",
      flags: plain(link.flags) ?? 0,
      attributes: foundAttributes(link.attributes as Tree),
      droppedAttributesCount: plain(link.droppedAttributesCount) ?? 0,
    })),
    droppedLinksCount: plain(span.droppedLinksCount) ?? 0,
    status: { code: status.code, message: status.message ?? "" },
  };
}

function expectedLog(log: Tree): Tree {
  return { ...log, attributes: expectedAttributes(log.attributes), body: expectedValue(log.body) };
}

function foundLog(log: Tree): Tree {
  return {
    timeUnixNano: log.timeSource === undefined ? log.timeUnixNano : "0",
    observedTimeUnixNano: log.observedTimeUnixNano ?? "0",
    severityNumber: plain(log.severityNumber),
    severityText: log.severityText,
    eventName: log.eventName ?? "",
    body: foundValue(log.body),
    attributes: foundAttributes(log.attributes as Tree),
    droppedAttributesCount: plain(log.droppedAttributesCount) ?? 0,
    flags: plain(log.flags) ?? 0,
    traceId: log.traceId ?? "",
    spanId: log.spanId ?? "",
  };
}

// ---- metric points, by SQL

const KIND_OF_TYPE: Record<number, MetricKind> = {
  5: "gauge",
  7: "sum",
  9: "histogram",
  10: "exponential_histogram",
  11: "summary",
};

const POINT_COLUMNS = `MetricName, MetricDescription, MetricUnit, MetricMetadata, Flags, TimestampSource,
  toString(reinterpretAsUInt64(toUnixTimestamp64Nano(TimeUnix))) AS time, toString(reinterpretAsUInt64(toUnixTimestamp64Nano(StartTimeUnix))) AS start,
  ServiceName, ${attributesSql("ResourceAttributes")} AS resource, ResourceDroppedAttrCount, ResourceSchemaUrl,
  ScopeName, ScopeVersion, ${attributesSql("ScopeAttributes")} AS scope, ScopeDroppedAttrCount, ScopeSchemaUrl, ${attributesSql("Attributes")} AS attributes`;
const NUMBER_COLUMNS = "Value, ValueInt, ValueType";
const EXTENT_COLUMNS = "toString(Count) AS count, Sum, Min, Max, HasSum, HasMin, HasMax";
const EXEMPLAR_COLUMNS = `arrayMap((a, t, v, i, k, s, r) -> (a, toString(reinterpretAsUInt64(toUnixTimestamp64Nano(t))), v, toString(i), k, s, r),
  Exemplars.FilteredAttributes, Exemplars.TimeUnix, Exemplars.Value, Exemplars.ValueInt, Exemplars.ValueType, Exemplars.SpanId, Exemplars.TraceId) AS exemplars`;

const KIND_COLUMNS: Record<MetricKind, string> = {
  gauge: `${NUMBER_COLUMNS}, ${EXEMPLAR_COLUMNS}`,
  sum: `${NUMBER_COLUMNS}, ${EXEMPLAR_COLUMNS}, AggregationTemporality, IsMonotonic`,
  histogram: `${EXTENT_COLUMNS}, ${EXEMPLAR_COLUMNS}, AggregationTemporality, arrayMap(x -> toString(x), BucketCounts) AS bucketCounts, ExplicitBounds`,
  exponential_histogram: `${EXTENT_COLUMNS}, ${EXEMPLAR_COLUMNS}, AggregationTemporality, Scale, toString(ZeroCount) AS zeroCount, ZeroThreshold,
  PositiveOffset, arrayMap(x -> toString(x), PositiveBucketCounts) AS positive, NegativeOffset, arrayMap(x -> toString(x), NegativeBucketCounts) AS negative`,
  summary:
    "toString(Count) AS count, Sum, arrayZip(ValueAtQuantiles.Quantile, ValueAtQuantiles.Value) AS quantiles",
};

function expectedPoint(group: Tree, scope: Tree, metric: Tree, point: Tree): Tree {
  return {
    ...expectedOrigin(group, scope),
    metric: { ...metric, metadata: expectedAttributes(metric.metadata), points: undefined },
    point: {
      ...point,
      attributes: expectedAttributes(point.attributes),
      ...(point.exemplars === undefined
        ? {}
        : {
            exemplars: (point.exemplars as Tree[]).map((exemplar) => ({
              ...exemplar,
              attributes: expectedAttributes(exemplar.attributes),
            })),
          }),
    },
  };
}

function foundPoint(kind: MetricKind, row: Tree): Tree {
  const set = (column: string) =>
    foundAttributes(
      parseAnswer(JSON.stringify(readAttributes(row[column] as AttributesRow))) as Tree,
    );
  return {
    service: row.ServiceName,
    resource: set("resource"),
    resourceDroppedAttributesCount: row.ResourceDroppedAttrCount,
    resourceSchemaUrl: row.ResourceSchemaUrl,
    scope: {
      name: row.ScopeName,
      version: row.ScopeVersion,
      attributes: set("scope"),
      droppedAttributesCount: row.ScopeDroppedAttrCount,
    },
    scopeSchemaUrl: row.ScopeSchemaUrl,
    metric: {
      name: row.MetricName,
      description: row.MetricDescription,
      unit: row.MetricUnit,
      type: Number(Object.entries(KIND_OF_TYPE).find(([, name]) => name === kind)?.[0]),
      temporality: row.AggregationTemporality ?? 0,
      monotonic: row.IsMonotonic ?? false,
      metadata: textAttributes(row.MetricMetadata),
    },
    point: {
      attributes: set("attributes"),
      startTimeUnixNano: row.start,
      timeUnixNano: row.TimestampSource === "" ? row.time : "0",
      flags: row.Flags,
      ...foundValues(kind, row),
    },
  };
}

function foundValues(kind: MetricKind, row: Tree): Tree {
  const exemplars = (row.exemplars as unknown[][] | undefined)?.map(
    ([attributes, timeUnixNano, double, int, type, spanId, traceId]) => ({
      attributes: textAttributes(attributes),
      timeUnixNano,
      value: foundNumber(type, double, int),
      traceId,
      spanId,
    }),
  );
  const present = ["Sum", "Min", "Max"].filter((name) => row[`Has${name}`] === true);
  const extent = Object.fromEntries(present.map((name) => [name.toLowerCase(), row[name]]));
  switch (kind) {
    case "gauge":
    case "sum":
      return { value: foundNumber(row.ValueType, row.Value, String(row.ValueInt)), exemplars };
    case "histogram":
      return { count: row.count, ...extent, bucketCounts: row.bucketCounts, explicitBounds: row.ExplicitBounds, exemplars }; // prettier-ignore
    case "exponential_histogram":
      return {
        count: row.count,
        ...extent,
        scale: row.Scale,
        zeroCount: row.zeroCount,
        zeroThreshold: row.ZeroThreshold,
        positive: { offset: row.PositiveOffset, bucketCounts: row.positive },
        negative: { offset: row.NegativeOffset, bucketCounts: row.negative },
        exemplars,
      };
    case "summary": {
      const quantiles = row.quantiles as [number, number][];
      return { count: row.count, sum: row.Sum, quantileValues: quantiles.map(([quantile, value]) => ({ quantile, value })) }; // prettier-ignore
    }
  }
}

function foundNumber(type: unknown, double: unknown, int: unknown): unknown {
  if (type === 1) return { double };
  return type === 2 ? { int } : null;
}

function textAttributes(text: unknown): Tree {
  return foundAttributes(parseAnswer(JSON.stringify(readTextAttributes(String(text)))) as Tree);
}

// ---- the tests

describe.skipIf(MISSING_PAYLOADS !== undefined)(`real payloads ${MISSING_PAYLOADS ?? ""}`, () => {
  const directory = mkdtempSync(join(tmpdir(), "telemetry-corpus-"));
  let dashboard: DashboardHandle;
  const statuses = new Map<string, number>();

  beforeAll(async () => {
    dashboard = await openDashboard({
      dataDirectory: directory,
      port: 0,
      otlpHttpPort: "off",
      otlpGrpcPort: "off",
      retentionMs: SIXTY_YEARS_MS,
    });
    await dashboard.engineReady();
    const bodies = new Set<string>();
    for (const file of [...corpusFiles(), ...equalFiles()]) {
      statuses.set(file.name, (await post(file)).status);
      // A repeat within ten minutes is a retry, and stored once.
      const identity = file.signal + Buffer.from(file.body).toString("base64");
      if (bodies.has(identity)) continue;
      bodies.add(identity);
      trees.set(file.signal, [...(trees.get(file.signal) ?? []), viewFile(file)]);
    }
    await dashboard.stored();
  }, 60_000);
  afterAll(async () => {
    await dashboard.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function post({ signal, encoding, body }: PayloadFile) {
    const response = await fetch(new URL(`v1/${signal}`, dashboard.url), {
      method: "POST",
      headers: {
        "content-type": encoding === "json" ? "application/json" : "application/x-protobuf",
      },
      body: new Uint8Array(body),
    });
    return { status: response.status, answer: await response.text() };
  }
  const get = async (path: string) => {
    const response = await fetch(new URL(path, dashboard.url));
    expect(response.status).toBe(200);
    return parseAnswer(await response.text()) as Tree;
  };

  test("all 71 captured requests and the 25 files of equal payloads are accepted", () => {
    const files = new Set([...statuses.keys()].map((name) => name.replace(/:\d+$/, "")));
    expect(files.size).toBe(71 + 25);
    expect(new Set(statuses.values())).toEqual(new Set([200]));
  });

  test.each([
    ["log_invalid_severity.json", /severityNumber: "INVALID_SEVERITY_VALUE" is none of/],
    ["malformed.json", /logRecords\[0\]: "\/" stands where "}" is expected, at byte 447$/],
    ["metrics_invalid_temporality.json", /sum\.aggregationTemporality: "INVALID_TEMP/],
    ["trace_invalid_kind.json", /spans\[0\]\.kind: "SPAN_KIND_INVALID_TYPE" is none of/],
  ])("%s is answered 400 with a sentence that names the field", async (name, sentence) => {
    const { status, answer } = await post(invalidFiles().find((file) => file.name === name)!);

    expect(status).toBe(400);
    const { message } = JSON.parse(answer) as { message: string };
    const type = "type.googleapis.com/google.rpc.BadRequest";
    const field = expect.stringMatching(/^resource/);
    expect(message).toMatch(/^Cannot decode (traces|metrics|logs) request: resource/);
    expect(message).toMatch(sentence);
    expect(JSON.parse(answer)).toEqual({
      code: 3, // INVALID_ARGUMENT
      message,
      details: [{ "@type": type, fieldViolations: [{ field, description: message }] }],
    });
  });

  test.each(["trace_invalid_base64.json", "trace_mixed_encoding.json"])(
    "%s is answered 200, and told that its span is rejected and why",
    async (name) => {
      const { status, answer } = await post(invalidFiles().find((file) => file.name === name)!);

      expect(status).toBe(200);
      expect(JSON.parse(answer)).toEqual({
        partialSuccess: {
          rejectedSpans: "1",
          errorMessage: expect.stringMatching(/spans\[0\]\.traceId: the id is not 16 bytes long/),
        },
      });
    },
  );

  test("every span comes back as it was sent", async () => {
    const expected = rowsOf("traces").map(({ group, scope, row }) => ({
      ...expectedSpan(row),
      ...expectedOrigin(group, scope),
    }));
    const found: Tree[] = [];
    for (const traceId of new Set(expected.map((span) => span.traceId as string))) {
      const trace = await get(`api/v1/traces/${traceId}`);
      for (const span of trace.spans as Tree[]) {
        found.push({ ...foundSpan(traceId, span), ...foundOrigin(span) });
      }
    }

    expect(expected.length).toBeGreaterThan(50);
    expect(sorted(found)).toEqual(sorted(expected));
  }, 60_000);

  test("every log record comes back as it was sent, page by page", async () => {
    const expected = rowsOf("logs").map(({ group, scope, row }) => ({
      ...expectedLog(row),
      ...expectedOrigin(group, scope),
    }));
    const found: Tree[] = [];
    let cursor = "";
    do {
      const page = await get(`api/v1/logs?from=0&limit=7${cursor}`);
      for (const log of page.logs as Tree[]) found.push({ ...foundLog(log), ...foundOrigin(log) });
      cursor = page.nextCursor === undefined ? "" : `&cursor=${page.nextCursor as string}`;
    } while (cursor !== "");

    expect(expected.length).toBeGreaterThan(20);
    expect(sorted(found)).toEqual(sorted(expected));
  }, 60_000);

  test.each(Object.values(KIND_OF_TYPE))(
    "every %s point is stored as it was sent",
    async (kind) => {
      const expected = rowsOf("metrics")
        .filter(({ row }) => KIND_OF_TYPE[row.type as number] === kind)
        .flatMap(({ group, scope, row }) =>
          (row.points as Tree[]).map((point) => expectedPoint(group, scope, row, point)),
        );
      const response = await fetch(new URL("api/v1/query/sql", dashboard.url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          query: `SELECT ${POINT_COLUMNS}, ${KIND_COLUMNS[kind]} FROM otel_metrics_${kind}`,
        }),
      });
      const { columns, rows } = (await response.json()) as SqlAnswer;
      const found = rows.map((row) =>
        foundPoint(kind, Object.fromEntries(columns.map(({ name }, index) => [name, row[index]]))),
      );

      if (kind !== "summary") expect(expected.length).toBeGreaterThan(0);
      expect(sorted(found)).toEqual(sorted(expected));
    },
  );

  test("the catalogue has every metric", async () => {
    const names = new Set(rowsOf("metrics").filter(({ row }) => (row.points as Tree[]).length > 0).map(({ row }) => row.name)); // prettier-ignore
    const { metrics } = await get("api/v1/metrics?from=0");

    expect(new Set((metrics as Tree[]).map(({ name }) => name))).toEqual(names);
  });
});

function viewFile({ signal, encoding, body }: PayloadFile): Tree {
  return encoding === "protobuf"
    ? viewOfficial(signal, body)
    : viewOfficialJson(signal, new TextDecoder().decode(body));
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
