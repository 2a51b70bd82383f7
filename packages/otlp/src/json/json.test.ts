import { describe, expect, test } from "vitest";
import { decodeRequest, MalformedPayloadError, readAttributes, readString } from "../index.ts";
import type { AnyValue } from "../index.ts";

describe("OTLP/JSON", () => {
  test("keeps every digit of a 64-bit integer, as number and as string", () => {
    for (const digits of ["9007199254740993", "-9223372036854775808", "9223372036854775807"]) {
      expect(valueOf(`{"intValue":${digits}}`)).toBe(BigInt(digits));
      expect(valueOf(`{"intValue":"${digits}"}`)).toBe(BigInt(digits));
    }
    expect(valueOf(`{"intValue":-1}`)).toBe(-1);
    expect(valueOf(`{"intValue":1e3}`)).toBe(1000);
    expect(valueOf(`{"intValue":"2.0"}`)).toBe(2);
  });

  test.each([
    ['{"intValue":9223372036854775808}', "9223372036854775808 is no int64"],
    ['{"intValue":-9223372036854775809}', "-9223372036854775809 is no int64"],
    ['{"intValue":18446744073709551616}', '"18446744073709551616" is no integer that fits'],
    ['{"intValue":1.5}', '"1.5" is no integer'],
    ['{"intValue":""}', '"" is no integer'],
    ['{"intValue":"12x"}', '"12x" is no integer'],
    [`{"intValue":${"1".repeat(401)}}`, "more than 400 digits"],
    ['{"doubleValue":"fast"}', '"fast" is no number'],
    ['{"doubleValue":" "}', '" " is no number'],
    ['{"doubleValue":"0x10"}', '"0x10" is no number'],
    ['{"boolValue":1}', '"1" stands where true or false is expected'],
    ['{"boolValue":tru}', '"t" stands where "true" is expected'],
    ['{"stringValue":1}', '"1" stands where """ is expected'],
    ['{"stringValue":"\u0001"}', "a control character in a string must be escaped"],
    [String.raw`{"stringValue":"\x"}`, "the escape is unknown"],
    [String.raw`{"stringValue":"\u12"}`, "the escape has not four hex digits"],
    ['{"bytesValue":"a"}', "the base64 is cut off"],
    ['{"bytesValue":"a*bc"}', "the string is not base64"],
    ['{"arrayValue":[]}', '"[" stands where "{" is expected'],
    ['{"arrayValue":{"values":{}}}', '"{" stands where "[" is expected'],
    ['{"arrayValue":{"values":[null]}}', '"n" stands where "{" is expected'],
    ['{"arrayValue":{"values":[{},]}}', '"]" stands where "{" is expected'],
    ['{"doubleValue":-}', "a digit is expected"],
    ['{"doubleValue":1.}', "a digit is expected"],
    ['{"doubleValue":01}', '"1" stands where "}" is expected'],
    ["{intValue:1}", '"i" stands where """ is expected'],
    ['{"other":nul}', '"n" stands where "null" is expected'],
    ['{"other":@}', '"@" stands where a digit is expected'],
    ['{"other":\u007f}', "byte 0x7f stands where a digit is expected"],
  ])("%s is refused: %s", (value, problem) => {
    expect(() => valueOf(value)).toThrow(MalformedPayloadError);
    expect(() => valueOf(value)).toThrow(problem);
  });

  test("an error names the field by its path and the byte of the request", () => {
    expect(() => valueOf('{"arrayValue":{"values":[{},{"boolValue":7}]}}')).toThrow(
      'Cannot decode logs request: resourceLogs[0].scopeLogs[0].logRecords[0].body.arrayValue.values[1].boolValue: "7" stands where true or false is expected, at byte 95',
    );
  });

  test("doubles may be numbers, text, or the names of what JSON has no number for", () => {
    expect(valueOf('{"doubleValue":-0.5e-3}')).toBe(-0.0005);
    expect(valueOf('{"doubleValue":"1e400"}')).toBe(Infinity);
    expect(valueOf('{"doubleValue":"NaN"}')).toBeNaN();
    expect(valueOf('{"doubleValue":"-Infinity"}')).toBe(-Infinity);
    expect(valueOf('{"doubleValue":-0}')).toBe(-0);
  });

  test("resolves every escape of JSON, in keys too", () => {
    expect(
      valueOf(String.raw`{"stringValue":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83e\udded"}`),
    ).toBe('"\\/\b\f\n\r\tA\u00e9\u20ac\u{1F9ED}');
    expect(valueOf(String.raw`{"\u0073tringValue":"x"}`)).toBe("x");
    expect(valueOf(String.raw`{"stringValue":"\udded\ud83e\ud83e\u0041"}`)).toBe(
      "\ufffd\ufffd\ufffdA",
    );
  });

  test("bytes may be base64 of either alphabet, padded or not", () => {
    for (const text of ["+/+/", "-_-_"]) {
      expect(valueOf(`{"bytesValue":"${text}"}`)).toEqual(Uint8Array.of(251, 255, 191));
    }
    for (const text of ["AQI=", "AQI"]) {
      expect(valueOf(`{"bytesValue":"${text}"}`)).toEqual(Uint8Array.of(1, 2));
    }
    expect(valueOf('{"bytesValue":""}')).toEqual(new Uint8Array());
  });

  test("null is absence, and unknown fields of any form are skipped", () => {
    expect(valueOf("null")).toBeNull();
    expect(
      valueOf('{"later":{"a":[1,-2.5e+3,"x",true,false,null,{}],"b":{}},"stringValue":"x","e":[]}'),
    ).toBe("x");
    expect(() => valueOf(`{"later":${"[".repeat(600)}`)).toThrow(
      "nested more than 500 levels deep",
    );
  });

  test("white space may stand anywhere between tokens", () => {
    expect(valueOf(' \t{ "stringValue" :\r\n "x" } ')).toBe("x");
  });

  test("text after the request is refused, and so is no text at all", () => {
    const decode = (text: string) => () => decodeRequest("logs", "json", bytesOf(text));
    expect(decode("{} {}")).toThrow('"{" stands where the end is expected, at byte 3');
    expect(decode("{}\0")).toThrow("byte 0x00 stands where the end is expected");
    expect(decode('{"a')).toThrow("the string has no end, at byte 1");
    expect(decode("")).toThrow('the text ends where "{" is expected, at byte 0');
  });

  test("ids are hex in either case; padded base64, which only protobuf's own JSON has, is read too", () => {
    const spanId = (text: string) => {
      const json = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"${text}"}]}]}]}`;
      return [...decodeRequest("traces", "json", bytesOf(json)).spans.spanId];
    };
    expect(spanId("0aBcDeF012345678")).toEqual([0x0a, 0xbc, 0xde, 0xf0, 0x12, 0x34, 0x56, 0x78]);
    expect(spanId("AQIDBAUGBwg=")).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(spanId("0aBcDeF01234567")).toEqual([]);
    expect(spanId("0aBcDeF01234567g")).toEqual([]);
    expect(spanId("*QIDBAUGBwg=")).toEqual([]);
    expect(spanId("AQIDBAUGBw=")).toEqual([]);
  });

  test("a message of any length gets its length", () => {
    for (const length of [126, 127, 128, 16_383, 16_384, 2_097_152]) {
      expect(valueOf(`{"stringValue":"${"x".repeat(length)}"}`)).toBe("x".repeat(length));
    }
  });

  test("the arena is alone in its buffer, also when the request grew", () => {
    const counts = Array.from({ length: 1000 }, () => 1);
    const json = JSON.stringify({
      resourceMetrics: [
        {
          scopeMetrics: [
            { metrics: [{ name: "m", histogram: { dataPoints: [{ bucketCounts: counts }] } }] },
          ],
        },
      ],
    });
    const batch = decodeRequest("metrics", "json", bytesOf(json));
    expect(batch.arena.length).toBe(batch.arena.buffer.byteLength);
    expect(batch.histograms.bucketCountValues).toHaveLength(1000);
    expect(readString(batch, batch.metrics.name, 0)).toBe("m");
  });
});

/** What a value written as JSON reads as, as an attribute of a log record and as its body. */
function valueOf(json: string): AnyValue {
  const request = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${json},"attributes":[{"key":"k","value":${json}}]}]}]}]}`;
  const batch = decodeRequest("logs", "json", bytesOf(request));
  return readAttributes(batch, 0, 1)["k"] as AnyValue;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
