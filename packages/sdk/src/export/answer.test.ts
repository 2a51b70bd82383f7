import { ProtobufWriter } from "@telemetry/otlp/encode";
import { describe, expect, test } from "vitest";
import { parseRetryAfter, readAnswer } from "./answer.ts";
import { parsePace } from "./pace.ts";

const json = { "content-type": "application/json" };
const bytes = (text: string): Buffer => Buffer.from(text);

describe("readAnswer", () => {
  test("reads a partial success in JSON, for each signal", () => {
    for (const key of ["rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"]) {
      const body = bytes(JSON.stringify({ partialSuccess: { [key]: "2", errorMessage: "m" } }));
      expect(readAnswer({ status: 200, headers: json, body }, 0)).toEqual({
        kind: "delivered",
        rejectedCount: 2,
        message: "m",
      });
    }
  });

  test("takes the reason from a google.rpc.Status in protobuf", () => {
    const writer = new ProtobufWriter();
    writer.uint(1, 3);
    writer.string(2, "bad span id");
    const body = Buffer.from(writer.finish());
    expect(readAnswer({ status: 400, headers: {}, body }, 0)).toEqual({
      kind: "never",
      reason: "HTTP 400, bad span id",
      isAnswered: true,
    });
  });

  test("takes the reason from {error: {message}}, and cuts a long one", () => {
    const body = bytes(JSON.stringify({ error: { message: "x".repeat(1_000) } }));
    const answer = readAnswer({ status: 503, headers: json, body }, 0);
    expect(answer.kind === "later" && answer.reason.length).toBe(310);
  });

  test.each(["<html>", "{", "\u0000\u0001\u0002", "null"])("is not confused by %j", (text) => {
    expect(readAnswer({ status: 200, headers: {}, body: bytes(text) }, 0).kind).toBe("delivered");
    expect(readAnswer({ status: 404, headers: json, body: bytes(text) }, 0)).toEqual({
      kind: "never",
      reason: "HTTP 404",
      isAnswered: true,
    });
  });
});

describe("parseRetryAfter", () => {
  test("reads seconds and dates; what is past is now; what is neither is unknown", () => {
    expect(parseRetryAfter("2", 0)).toBe(2_000);
    expect(parseRetryAfter(new Date(5_000).toUTCString(), 2_000)).toBe(3_000);
    expect(parseRetryAfter(new Date(1_000).toUTCString(), 2_000)).toBe(0);
    expect(parseRetryAfter("soon", 0)).toBeUndefined();
    expect(parseRetryAfter(undefined, 0)).toBeUndefined();
  });
});

describe("parsePace", () => {
  test("reads version 1, ignores what it does not know, and bounds what it is asked", () => {
    expect(parsePace("1; spans=100; metrics=500; open-spans; new=1")).toEqual({
      spansMs: 100,
      metricsMs: 500,
      openSpans: true,
    });
    expect(parsePace("1;spans=1")?.spansMs).toBe(20);
    expect(parsePace("1; spans=x; metrics=-1")).toEqual({
      spansMs: undefined,
      metricsMs: undefined,
      openSpans: false,
    });
    expect(parsePace("2; spans=100")).toBeUndefined();
    expect(parsePace("")).toBeUndefined();
  });
});
