import { decodeRequest } from "@telemetry/otlp";
import { describe, expect, test } from "vitest";
import { encodeRequest, spanOf, traceRequest } from "../store/testdata/requests.ts";
import { SpanWeights } from "./span-weight.ts";

function weightsOf(states: readonly string[]): number[] {
  const spans = states.map((traceState, index) => spanOf(index + 1, { traceState }));
  const weights = new SpanWeights(
    decodeRequest("traces", "protobuf", encodeRequest("traces", traceRequest(spans))),
  );
  return states.map((_, row) => weights.of(row));
}

describe("SpanWeights", () => {
  test("is one over the probability that ot=th says, among whatever else is there", () => {
    expect(
      weightsOf([
        "ot=th:c",
        "ot=th:c",
        "a=b,ot=rv:0123456789abcd;th:8",
        "ot=th:0",
        "ot=th:c;x:y,b=c",
      ]),
    ).toEqual([4, 4, 2, 1, 4]);
    expect(weightsOf(["ot=th:e6666666666666"])[0]).toBeCloseTo(10, 9);
  });

  test("is 1 where nothing, or nothing that can be read, is said", () => {
    const states = [
      "",
      "a=b",
      "ot=rv:0123456789abcd",
      "ot=th:",
      "ot=th:xyz",
      "not=th:8",
      "ot=th:123456789abcdef",
    ];
    expect(weightsOf(states)).toEqual(states.map(() => 1));
  });
});
