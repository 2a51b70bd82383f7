// expected-story.ts — what must come back of the story that story.mjs, story.py and story.go tell.
//
//   remote caller ◀── POST /orders ◀─┬─ SELECT orders     error, with its exception
//                                    └─ publish order ◀──link── process order   a trace of its own
//
// All of every span, record and point is compared, so a field that nobody set must be absent, too.

import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import type { Attributes } from "../../../packages/dashboard/src/contract/contract.ts";
import { including, JUST_NOW, SPAN_ID, TRACE_ID } from "../support/matchers.ts";
import type { ExponentialBuckets, MetricPoint } from "../support/read-points.ts";

/** Where SDKs differ in what they can say or do say; the rest is the same for all. */
export interface Dialect {
  /** `telemetry.sdk.*`, and what else the SDK puts into the resource by itself. */
  readonly resource: Attributes;
  readonly resourceSchemaUrl?: string;
  /** Attributes of the first span that only this language has numbers for. */
  readonly attributes?: Attributes;
  /** How the exception's type is written. */
  readonly exceptionType: string;
  /** W3C flags and OTLP's two bits about the parent, of: a child of a remote span, a child, a root, a link. */
  readonly flags: { remoteChild: number; child: number; root: number; link?: number };
  /** False where links come without the trace state of what they point to. */
  readonly hasLinkTraceState?: boolean;
  /** A record without a body. */
  readonly noBody?: "" | null;
  readonly temporality?: "delta" | "cumulative";
  /** Whether a point says which span it was recorded in, as the specification wants by default. */
  readonly hasExemplars?: boolean;
}

/** One telling of the story: when it begins, who calls, and the name that it goes by. */
export class Story {
  readonly service: string;
  readonly startNano: bigint;
  readonly traceId = randomBytes(16).toString("hex");
  readonly callerId = randomBytes(8).toString("hex");

  constructor(service: string) {
    this.service = service;
    // A second ago, with digits down to the nanosecond.
    this.startNano = BigInt(Date.now() - 1_000) * 1_000_000n + 123_457n;
  }

  /** For the program that tells it. */
  get env(): Record<string, string> {
    return {
      STORY_SERVICE: this.service,
      STORY_START_NANO: String(this.startNano),
      STORY_TRACEPARENT: `00-${this.traceId}-${this.callerId}-01`,
    };
  }

  after(ms: number): string {
    return String(this.startNano + BigInt(ms) * 1_000_000n);
  }

  resource(dialect: Dialect): Attributes {
    return {
      "service.name": this.service,
      "service.version": "1.2.3",
      "deployment.environment.name": "test",
      "host.cpu.count": 2,
      "host.ip": ["10.0.0.1", "::1"],
      ...dialect.resource,
    };
  }
}

const TRACE_STATE = "vendor=abc,other=1";
const SCHEMA_URL = "https://example.com/story/1.0";
const SCOPE = { name: "story", version: "4.5.6" };

export const SPAN_COUNT = 4;
export const LOG_COUNT = 3;
export const POINT_COUNT = 8;

/** By name. `orderId` and `publishId` are what the SDK chose; that the others name them is what is tested. */
export function expectedSpans(story: Story, dialect: Dialect, orderId: string, publishId: string) {
  const common = {
    traceId: story.traceId,
    spanId: SPAN_ID,
    service: story.service,
    resource: story.resource(dialect),
    ...schemaOf(dialect),
    scope: { ...SCOPE, attributes: {} },
    scopeSchemaUrl: SCHEMA_URL,
    attributes: {},
    events: [],
    links: [],
    status: { code: "unset" },
  };
  const inOrder = {
    parentSpanId: orderId,
    traceState: TRACE_STATE,
    flags: dialect.flags.child,
  };
  return {
    "POST /orders": {
      ...common,
      name: "POST /orders",
      kind: "server",
      parentSpanId: story.callerId,
      traceState: TRACE_STATE,
      flags: dialect.flags.remoteChild,
      startTimeUnixNano: story.after(0),
      endTimeUnixNano: story.after(250),
      attributes: {
        text: "Grüße, 你好 🎈",
        empty: "",
        yes: true,
        no: false,
        count: 42,
        negative: -7,
        big: 9007199254740991,
        ratio: 0.1,
        strings: ["a", "b"],
        ints: [1, 2, 3],
        doubles: [0.5, 1.5],
        bools: [true, false],
        ...dialect.attributes,
      },
      events: [
        {
          name: "cache miss",
          timeUnixNano: story.after(1),
          attributes: { key: "user:7", attempt: 2 },
        },
      ],
    },
    "SELECT orders": {
      ...common,
      ...inOrder,
      name: "SELECT orders",
      kind: "client",
      startTimeUnixNano: story.after(10),
      endTimeUnixNano: story.after(60),
      attributes: { "db.system.name": "postgresql" },
      events: [
        {
          name: "exception",
          timeUnixNano: story.after(50),
          attributes: including({
            "exception.type": dialect.exceptionType,
            "exception.message": "connection reset",
          }),
        },
      ],
      status: { code: "error", message: "connection reset" },
    },
    "publish order": {
      ...common,
      ...inOrder,
      name: "publish order",
      kind: "producer",
      startTimeUnixNano: story.after(70),
      endTimeUnixNano: story.after(80),
      status: { code: "ok" },
    },
    "process order": {
      ...common,
      traceId: TRACE_ID,
      name: "process order",
      kind: "consumer",
      flags: dialect.flags.root,
      startTimeUnixNano: story.after(90),
      endTimeUnixNano: story.after(100),
      links: [
        {
          traceId: story.traceId,
          spanId: publishId,
          ...(dialect.hasLinkTraceState !== false && { traceState: TRACE_STATE }),
          ...(dialect.flags.link !== undefined && { flags: dialect.flags.link }),
          attributes: { "messaging.batch.index": 0 },
        },
      ],
    },
  };
}

/** In order of time. */
export function expectedLogs(story: Story, dialect: Dialect, orderId: string): unknown[] {
  const common = {
    service: story.service,
    resource: story.resource(dialect),
    ...schemaOf(dialect),
    scope: { ...SCOPE, attributes: {} },
    scopeSchemaUrl: SCHEMA_URL,
    attributes: {},
  };
  return [
    {
      ...common,
      timeUnixNano: story.after(2),
      observedTimeUnixNano: story.after(3),
      severityNumber: 9,
      severityText: "INFO",
      body: "order 42 taken",
      attributes: { "order.id": 42, ratio: 0.5, tags: ["new", "paid"], gift: true },
      traceId: story.traceId,
      spanId: orderId,
      flags: 1,
    },
    {
      ...common,
      timeUnixNano: story.after(4),
      observedTimeUnixNano: story.after(5),
      severityNumber: 17,
      severityText: "ERROR",
      body: { code: 7, parts: ["a", 1.5, true], nested: { deep: "yes" } },
    },
    {
      ...common,
      timeUnixNano: story.after(6),
      observedTimeUnixNano: story.after(7),
      severityNumber: 5,
      severityText: "DEBUG",
      eventName: "order.placed",
      body: dialect.noBody ?? null,
    },
  ];
}

/** By name and value, as `readPoints` gives them; times are checked by {@link expectPointTimes}. */
export function expectedPoints(story: Story, dialect: Dialect, orderId: string) {
  const { temporality = "cumulative" } = dialect;
  const sum = { kind: "sum", temporality, monotonic: true };
  const points = [
    {
      name: "duration",
      kind: "histogram",
      unit: "s",
      temporality,
      count: 4,
      sum: 1.1875,
      min: 0.0625,
      max: 0.75,
      bounds: [0.1, 0.5, 1],
      bucketCounts: [1, 2, 1, 0],
      ...(dialect.hasExemplars === true && {
        exemplars: [
          {
            value: 0.75,
            timeUnixNano: JUST_NOW,
            traceId: story.traceId,
            spanId: orderId,
            attributes: {},
          },
        ],
      }),
    },
    {
      name: "order.size",
      kind: "exponential_histogram",
      temporality,
      count: 4,
      sum: 7,
      min: 0,
      max: 4,
      exponential: expect.anything() as ExponentialBuckets,
    },
    { name: "orders", ...sum, unit: "{order}", description: "Taken", value: { asInt: 3 }, attributes: { plan: "free" } }, // prettier-ignore
    { name: "orders", ...sum, unit: "{order}", description: "Taken", value: { asInt: 5 }, attributes: { plan: "paid", trial: false } }, // prettier-ignore
    { name: "queue.size", ...sum, temporality: "cumulative", monotonic: false, value: { asInt: -3 } }, // prettier-ignore
    { name: "revenue", ...sum, unit: "EUR", value: { asDouble: 12.75 } },
    { name: "temperature", kind: "gauge", unit: "Cel", value: { asDouble: 21.5 }, attributes: { room: "a" } }, // prettier-ignore
    { name: "uptime", ...sum, unit: "s", value: { asInt: 120 }, attributes: { "process.pid": 7 } },
  ];
  return points.map((point) => ({
    unit: "",
    description: "",
    attributes: {},
    resource: story.resource(dialect),
    ...schemaOf(dialect),
    scope: { ...SCOPE, schemaUrl: SCHEMA_URL },
    startTimeUnixNano: expect.any(String) as string,
    timeUnixNano: expect.any(String) as string,
    ...point,
  }));
}

function schemaOf({ resourceSchemaUrl }: Dialect) {
  return resourceSchemaUrl === undefined ? {} : { resourceSchemaUrl };
}

/** A point lies between its start and now, and neither is older than the process that sent it. */
export function expectPointTimes(story: Story, points: readonly MetricPoint[]): void {
  const now = BigInt(Date.now()) * 1_000_000n;
  for (const { name, kind, startTimeUnixNano, timeUnixNano } of points) {
    const time = BigInt(timeUnixNano);
    const start = BigInt(startTimeUnixNano);
    expect(time > story.startNano && time <= now, `${name} at ${time}`).toBe(true);
    if (kind === "gauge") continue; // has no start that means anything
    expect(start > story.startNano && start <= time, `${name} from ${start}`).toBe(true);
  }
}

/** Each of the values 1, 2, 4 lies in the bucket that the formula of the specification gives it; 0 is counted apart. */
export function expectExponentialBuckets({
  scale,
  zeroCount,
  positive,
  negative,
}: ExponentialBuckets): void {
  const bucketOf = (value: number) => Math.ceil(Math.log2(value) * 2 ** scale) - 1;
  const filled = positive.bucketCounts.flatMap((count, index) =>
    count === 0 ? [] : [[index + positive.offset, count]],
  );
  expect(filled).toEqual([1, 2, 4].map((value) => [bucketOf(value), 1]));
  expect(zeroCount).toBe(1);
  expect(negative.bucketCounts.filter((count) => count !== 0)).toEqual([]);
}
