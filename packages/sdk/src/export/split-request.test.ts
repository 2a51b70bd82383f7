import {
  beginMetric,
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
} from "@telemetry/otlp/encode";
import type { ScopeRecords } from "@telemetry/otlp/encode";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SignalName } from "../options/options.ts";
import { Collector } from "../testing/testing.ts";
import { splitRequest } from "./split-request.ts";

const keys = new KeyTable();
const resource = encodeResource(["service.name", "shop"], keys, "https://schema/resource");

function spans(names: readonly string[]): ScopeRecords["chunks"] {
  const writer = new ProtobufWriter();
  for (const name of names) {
    writer.beginRecord();
    const mark = writer.beginMessage(2);
    writer.traceId(1, 1, 2, 3, 4);
    writer.spanId(2, 5, 6);
    writer.string(5, name);
    writer.endMessage(mark);
    writer.endRecord();
  }
  return writer.takeChunks();
}

/** One sum with a point per value. */
function sum(name: string, values: readonly number[]): ScopeRecords["chunks"] {
  const writer = new ProtobufWriter();
  const marks = beginMetric(writer, { name, unit: "1", description: "d" }, MetricType.sum);
  for (const value of values) {
    const attributes = encodePointAttributes(
      new ProtobufWriter(),
      MetricType.sum,
      ["v", value],
      keys,
    );
    encodeNumberPoint(
      writer,
      { attributes, startMs: 1, timeMs: 2, exemplars: [], value, isInteger: true },
      keys,
    );
  }
  endMetric(writer, marks, Temporality.delta, true);
  return writer.takeChunks();
}

const scoped = (name: string, chunks: ScopeRecords["chunks"]): ScopeRecords => ({
  scope: encodeScope({ name, schemaUrl: "https://schema/scope" }, keys),
  chunks,
});

/** Halves until nothing can be halved any more. */
function singles(signal: SignalName, chunks: readonly Uint8Array[]): (readonly Uint8Array[])[] {
  const halves = splitRequest(signal, chunks);
  return halves === undefined ? [chunks] : halves.flatMap((half) => singles(signal, half.chunks));
}

function collect(signal: SignalName, requests: (readonly Uint8Array[])[]): Collector {
  const collector = new Collector();
  for (const chunks of requests) collector.collect(signal, Buffer.concat(chunks));
  return collector;
}

describe("splitRequest", () => {
  test("halves say together what the whole says, in order, down to single spans", () => {
    const name = fc.string({ minLength: 1, maxLength: 300 });
    const scopes = fc.array(fc.array(name, { maxLength: 8 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(scopes, (names) => {
        const whole = encodeRequest(
          resource,
          names.map((inScope, index) => scoped(`scope ${index}`, spans(inScope))),
        );
        const count = names.flat().length;
        const halves = splitRequest("traces", whole);
        expect(halves?.map(({ itemCount }) => itemCount)).toEqual(
          count < 2 ? undefined : [Math.floor(count / 2), Math.ceil(count / 2)],
        );
        const requests = singles("traces", whole);
        expect(requests).toHaveLength(Math.max(count, 1));
        expect(collect("traces", requests).spans).toEqual(collect("traces", [whole]).spans);
      }),
    );
  });

  test("a metric is halved by its points, and each half has its description", () => {
    const whole = encodeRequest(resource, [
      scoped("a", [...sum("first", [1, 2, 3]), ...sum("second", [4])]),
      scoped("b", sum("third", [5, 6])),
    ]);
    const halves = splitRequest("metrics", whole)!;
    const points = halves.map(({ chunks }) =>
      collect("metrics", [chunks]).points.map(({ name, value }) => [name, value]),
    );
    expect(points).toEqual([
      [
        ["first", 1],
        ["first", 2],
        ["first", 3],
      ],
      [
        ["second", 4],
        ["third", 5],
        ["third", 6],
      ],
    ]);
    const requests = singles("metrics", whole);
    expect(requests).toHaveLength(6);
    expect(collect("metrics", requests).points).toEqual(collect("metrics", [whole]).points);
  });

  test("batches that were sent together are halved like one", () => {
    const one = encodeRequest(resource, [scoped("a", spans(["1", "2", "3"]))]);
    const two = encodeRequest(resource, [scoped("a", spans(["4"]))]);
    const [first, second] = splitRequest("traces", [...one, ...two])!;
    expect(collect("traces", [first.chunks]).spans.map(({ name }) => name)).toEqual(["1", "2"]);
    expect(collect("traces", [second.chunks]).spans.map(({ name }) => name)).toEqual(["3", "4"]);
  });

  test("the same request has the same halves, byte for byte", () => {
    const whole = encodeRequest(resource, [scoped("a", spans(["1", "2", "3"]))]);
    expect(splitRequest("traces", whole)).toEqual(splitRequest("traces", [Buffer.concat(whole)]));
  });

  test("throws for bytes that end inside a field", () => {
    const whole = Buffer.concat(encodeRequest(resource, [scoped("a", spans(["1", "2"]))]));
    expect(() => splitRequest("traces", [whole.subarray(0, -3)])).toThrow(RangeError);
  });
});
