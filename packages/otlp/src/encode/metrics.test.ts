import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { OFFICIAL } from "../conformance/conformance.ts";
import type { Tree } from "../conformance/conformance.ts";
import {
  beginMetric,
  encodeExponentialPoint,
  encodeHistogramPoint,
  encodeNumberPoint,
  encodePointAttributes,
  encodeRequest,
  encodeResource,
  encodeScope,
  endMetric,
  KeyTable,
  MetricType,
  ProtobufWriter,
  Temporality,
} from "./encode.ts";
import type { ExemplarPoint, RecordedMetricType } from "./encode.ts";

const keys = new KeyTable();
const START_MS = 1_700_000_000_000.25;
const TIME_MS = 1_700_000_060_000.5;
const IDENTITY = { name: "http.duration", description: "how long", unit: "ms" };
const EXEMPLAR: ExemplarPoint = {
  timeMs: TIME_MS,
  value: 7,
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  attributes: ["user", 7],
};

function start(type: RecordedMetricType, exemplars: readonly ExemplarPoint[] = []) {
  const attributes = encodePointAttributes(new ProtobufWriter(), type, ["route", "/a"], keys);
  return { attributes, startMs: START_MS, timeMs: TIME_MS, exemplars };
}

/** What an independent decoder makes of a request with the metric. */
function decode(write: (writer: ProtobufWriter) => void): Tree {
  const writer = new ProtobufWriter();
  write(writer);
  const scope = encodeScope({ name: "test" }, keys);
  const chunks = encodeRequest(encodeResource([], keys), [{ scope, chunks: writer.takeChunks() }]);
  const message = OFFICIAL.metrics.decode(Buffer.concat(chunks));
  const tree = OFFICIAL.metrics.toObject(message, { longs: String, bytes: String });
  const [group] = tree["resourceMetrics"] as Tree[];
  const [scoped] = group!["scopeMetrics"] as Tree[];
  const [metric] = scoped!["metrics"] as Tree[];
  return metric!;
}

const POINT = {
  attributes: [{ key: "route", value: { stringValue: "/a" } }],
  startTimeUnixNano: "1700000000000250000",
  timeUnixNano: "1700000060000500000",
};

describe("metrics", () => {
  test("a sum of doubles and one of integers, with their exemplars", () => {
    const write = (writer: ProtobufWriter, isInteger: boolean, value: number): void => {
      const marks = beginMetric(writer, IDENTITY, MetricType.sum);
      const point = { ...start(MetricType.sum, [EXEMPLAR]), value, isInteger };
      encodeNumberPoint(writer, point, keys);
      endMetric(writer, marks, Temporality.cumulative, true);
    };
    const exemplar = {
      timeUnixNano: POINT.timeUnixNano,
      spanId: Buffer.from(EXEMPLAR.spanId, "hex").toString("base64"),
      traceId: Buffer.from(EXEMPLAR.traceId, "hex").toString("base64"),
      filteredAttributes: [{ key: "user", value: { intValue: "7" } }],
    };

    expect(decode((writer) => write(writer, false, 1.5))).toEqual({
      ...IDENTITY,
      sum: {
        dataPoints: [{ ...POINT, asDouble: 1.5, exemplars: [{ ...exemplar, asDouble: 7 }] }],
        aggregationTemporality: 2,
        isMonotonic: true,
      },
    });
    expect(decode((writer) => write(writer, true, -5))).toMatchObject({
      sum: { dataPoints: [{ asInt: "-5", exemplars: [{ ...exemplar, asInt: "7" }] }] },
    });
  });

  test("a gauge has no temporality, and an exemplar outside a span no ids", () => {
    const metric = decode((writer) => {
      const marks = beginMetric(writer, { name: "g", description: "", unit: "" }, MetricType.gauge);
      const exemplars = [{ ...EXEMPLAR, traceId: "", spanId: "", attributes: [] }];
      const point = { ...start(MetricType.gauge, exemplars), value: 0, isInteger: false };
      encodeNumberPoint(writer, point, keys);
      endMetric(writer, marks);
    });

    expect(metric).toEqual({
      name: "g",
      gauge: {
        dataPoints: [
          {
            ...POINT,
            asDouble: 0,
            exemplars: [{ timeUnixNano: POINT.timeUnixNano, asDouble: 7 }],
          },
        ],
      },
    });
  });

  test("a histogram with and without min and max", () => {
    const metric = decode((writer) => {
      const marks = beginMetric(writer, IDENTITY, MetricType.histogram);
      const point = {
        ...start(MetricType.histogram, [EXEMPLAR]),
        sum: 12.5,
        min: 1,
        max: 9,
        bounds: [0.5, 5],
        bucketCounts: [0, 2, 2 ** 40],
      };
      encodeHistogramPoint(writer, point, keys);
      encodeHistogramPoint(writer, { ...point, min: undefined, max: undefined }, keys);
      endMetric(writer, marks, Temporality.delta);
    });
    const { dataPoints, aggregationTemporality } = metric["histogram"] as Tree;

    expect(aggregationTemporality).toBe(1);
    expect(dataPoints).toMatchObject([
      {
        ...POINT,
        count: String(2 ** 40 + 2),
        sum: 12.5,
        min: 1,
        max: 9,
        explicitBounds: [0.5, 5],
        bucketCounts: ["0", "2", String(2 ** 40)],
        exemplars: [{ asDouble: 7 }],
      },
      { sum: 12.5 },
    ]);
    expect((dataPoints as Tree[])[1]).not.toHaveProperty("min");
    expect((dataPoints as Tree[])[1]).not.toHaveProperty("max");
  });

  test("an exponential histogram of any scale and offset", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -10, max: 20 }),
        fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
        fc.array(fc.integer({ min: 0, max: 2 ** 45 }), { maxLength: 20 }),
        (scale, offset, bucketCounts) => {
          const metric = decode((writer) => {
            const marks = beginMetric(writer, IDENTITY, MetricType.exponentialHistogram);
            const point = {
              ...start(MetricType.exponentialHistogram, [EXEMPLAR]),
              count: 7,
              sum: 1.5,
              min: 0,
              max: 3,
              scale,
              zeroCount: 2,
              offset,
              bucketCounts,
            };
            encodeExponentialPoint(writer, point, keys);
            endMetric(writer, marks, Temporality.cumulative);
          });
          const [point] = (metric["exponentialHistogram"] as Tree)["dataPoints"] as Tree[];
          expect(point).toMatchObject({ ...POINT, count: "7", sum: 1.5, min: 0, max: 3 });
          expect(point).toMatchObject({ zeroCount: "2", exemplars: [{ asDouble: 7 }] });
          expect(point!["scale"] ?? 0).toBe(scale);
          const positive = point!["positive"] as Tree;
          expect(positive["offset"] ?? 0).toBe(offset);
          expect(positive["bucketCounts"] ?? []).toEqual(bucketCounts.map(String));
        },
      ),
    );
  });

  test("times are exact to a microsecond, and integers up to 2^53", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
        fc.maxSafeInteger(),
        (us, value) => {
          const metric = decode((writer) => {
            const marks = beginMetric(writer, IDENTITY, MetricType.sum);
            const point = { ...start(MetricType.sum), timeMs: us / 1_000, value, isInteger: true };
            encodeNumberPoint(writer, point, keys);
            endMetric(writer, marks, Temporality.cumulative);
          });
          const [point] = (metric["sum"] as Tree)["dataPoints"] as Tree[];
          const error = BigInt(point!["timeUnixNano"] as string) - BigInt(us) * 1_000n;
          expect(Math.abs(Number(error))).toBeLessThan(1_000);
          expect(point!["asInt"]).toBe(String(value));
        },
      ),
    );
  });
});
