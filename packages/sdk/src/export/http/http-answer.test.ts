import { ProtobufWriter } from "@telemetry/otlp/encode";
import { describe, expect, test } from "vitest";
import { readHttpAnswer } from "./http-answer.ts";
import { parseRetryAfter } from "./retry-after.ts";

const json = { "content-type": "application/json" };
const bytes = (text: string): Buffer => Buffer.from(text);

describe("readHttpAnswer", () => {
  test("reads a partial success in JSON, for each signal", () => {
    for (const key of ["rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"]) {
      const body = bytes(JSON.stringify({ partialSuccess: { [key]: "2", errorMessage: "m" } }));
      expect(readHttpAnswer({ status: 200, headers: json, body }, 0)).toEqual({
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
    expect(readHttpAnswer({ status: 400, headers: {}, body }, 0)).toEqual({
      kind: "never",
      reason: "HTTP 400, bad span id",
    });
  });

  test("takes the reason from {error: {message}}, and cuts a long one", () => {
    const body = bytes(JSON.stringify({ error: { message: "x".repeat(1_000) } }));
    const answer = readHttpAnswer({ status: 503, headers: json, body }, 0);
    expect(answer.kind === "later" && answer.reason.length).toBe(310);
  });

  test("takes the reason from a plain text, and not from a page", () => {
    const answer = (type: string): unknown =>
      readHttpAnswer(
        { status: 404, headers: { "content-type": type }, body: bytes("page not found\n") },
        0,
      );
    expect(answer("text/plain; charset=utf-8")).toMatchObject({
      reason: "HTTP 404, page not found",
    });
    expect(answer("text/html")).toMatchObject({ reason: "HTTP 404" });
  });

  test("a request that is too large is told apart from one that is wrong", () => {
    const headers = {};
    const body = Buffer.alloc(0);
    expect(readHttpAnswer({ status: 413, headers, body }, 0)).toEqual({
      kind: "tooLarge",
      reason: "HTTP 413",
    });
  });

  test("a redirect is final, and says where it led", () => {
    const headers = { location: "https://elsewhere/v1/traces" };
    expect(readHttpAnswer({ status: 308, headers, body: Buffer.alloc(0) }, 0)).toEqual({
      kind: "never",
      reason: "HTTP 308, a redirect to https://elsewhere/v1/traces, which is not followed",
    });
  });

  test.each(["<html>", "{", "\u0000\u0001\u0002", "null"])("is not confused by %j", (text) => {
    expect(readHttpAnswer({ status: 200, headers: {}, body: bytes(text) }, 0).kind).toBe(
      "delivered",
    );
    expect(readHttpAnswer({ status: 404, headers: json, body: bytes(text) }, 0)).toEqual({
      kind: "never",
      reason: "HTTP 404",
    });
  });
});

describe("parseRetryAfter", () => {
  test("reads seconds and dates; what is past is now; what is neither is unknown", () => {
    expect(parseRetryAfter("2", 0)).toBe(2_000);
    expect(parseRetryAfter(new Date(5_000).toUTCString(), 2_000)).toBe(3_000);
    expect(parseRetryAfter(new Date(1_000).toUTCString(), 2_000)).toBe(0);
    expect(parseRetryAfter("0.5", 0)).toBe(500);
    for (const value of ["soon", "", " ", "-1", "0x10", "1e9", undefined]) {
      expect(parseRetryAfter(value, 0), value).toBeUndefined();
    }
  });
});
