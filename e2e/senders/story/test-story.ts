// test-story.ts — the tests that every official SDK passes, whatever its language and protocol:
// types and 64-bit integers (12, 13), every part of a span (15), temporality (102), logs in and out of a span (110, 111),
// all three signals over every door (115).

import { beforeAll, describe, expect, inject, test } from "vitest";
import { readCatalogue, readLogs, readSpans, type SpanOfTrace } from "../support/read-back.ts";
import { readPoints, type MetricPoint } from "../support/read-points.ts";
import { runSender, type Program } from "../support/run-sender.ts";
import {
  expectedLogs,
  expectedPoints,
  expectedSpans,
  expectExponentialBuckets,
  expectPointTimes,
  LOG_COUNT,
  POINT_COUNT,
  SPAN_COUNT,
  Story,
  type Dialect,
} from "./expected-story.ts";

export type Protocol = "http/protobuf" | "http/json" | "grpc";

/** Runs the program once over the protocol and compares everything that it sent. */
export function testStory(
  service: string,
  protocol: Protocol,
  program: Program,
  dialect: Dialect,
): void {
  describe(`over ${protocol}`, () => {
    const story = new Story(`${service} ${protocol}`);
    let spans: SpanOfTrace[];
    let points: MetricPoint[];
    const spanNamed = (name: string) => spans.find((span) => span.name === name);

    beforeAll(async () => {
      const { otlpHttpUrl, otlpGrpcUrl } = inject("dashboard");
      await runSender({
        ...program,
        env: {
          ...program.env,
          ...story.env,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_ENDPOINT: protocol === "grpc" ? otlpGrpcUrl : otlpHttpUrl,
        },
      });
      spans = await readSpans(story.service, SPAN_COUNT);
      points = await readPoints(story.service, POINT_COUNT);
    });

    test("spans come back with all that was said of them", () => {
      const orderId = spanNamed("POST /orders")?.spanId ?? "";
      const publishId = spanNamed("publish order")?.spanId ?? "";
      const byName = Object.fromEntries(spans.map((span) => [span.name, span]));

      expect(spans).toHaveLength(SPAN_COUNT);
      expect(byName).toEqual(expectedSpans(story, dialect, orderId, publishId));
      expect(spanNamed("process order")?.traceId).not.toBe(story.traceId);
    });

    test("log records come back with bodies, severities and the ids of their span", async () => {
      const logs = await readLogs(story.service, LOG_COUNT);
      const orderId = spanNamed("POST /orders")?.spanId ?? "";

      expect(logs).toEqual(expectedLogs(story, dialect, orderId));
    });

    test("metric points come back with values, buckets, units and temporality", () => {
      const orderId = spanNamed("POST /orders")?.spanId ?? "";

      expect(points).toEqual(expectedPoints(story, dialect, orderId));
      expectPointTimes(story, points);
      const exponential = points.flatMap((point) => point.exponential ?? []);
      expect(exponential).toHaveLength(1);
      expectExponentialBuckets(exponential[0]!);
    });

    test("the catalogue lists every metric with its kind", async () => {
      const catalogue = await readCatalogue(story.service);
      const names = new Map(points.map(({ name, kind }) => [name, kind]));
      expect(new Map(catalogue.map(({ name, type }) => [name, type]))).toEqual(names);
    });
  });
}
