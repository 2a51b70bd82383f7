import { describe, expect, test } from "vitest";
import { encodeOfficial } from "../conformance/conformance.ts";
import {
  decodeRequest,
  decodeText,
  findAttribute,
  isZeroId,
  readAttributes,
  readTraceId,
  readValue,
} from "../index.ts";

describe("readers", () => {
  test("give nested values with their types", () => {
    const body = {
      kvlistValue: {
        values: [
          {
            key: "list",
            value: { arrayValue: { values: [{ intValue: "1" }, { doubleValue: 0.5 }, {}] } },
          },
          { key: "big", value: { intValue: "9007199254740993" } },
          { key: "small", value: { intValue: "-9007199254740993" } },
          { key: "yes", value: { boolValue: true } },
          { key: "raw", value: { bytesValue: Uint8Array.of(1, 2) } },
          { key: "none" },
          { key: "twice", value: { stringValue: "first" } },
          { key: "twice", value: { stringValue: "last" } },
          { key: "__proto__", value: { stringValue: "a key like others" } },
        ],
      },
    };
    const batch = logOf({ body });

    const value = readValue(batch, batch.logs.body, 0);
    expect(value).toEqual(
      Object.fromEntries([
        ["list", [1, 0.5, null]],
        ["big", 9007199254740993n],
        ["small", -9007199254740993n],
        ["yes", true],
        ["raw", Uint8Array.of(1, 2)],
        ["none", null],
        ["twice", "last"],
        ["__proto__", "a key like others"],
      ]),
    );
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test("a value outlives the batch", () => {
    const batch = logOf({ body: { bytesValue: Uint8Array.of(7) } });
    const value = readValue(batch, batch.logs.body, 0);
    batch.arena.fill(0);
    expect(value).toEqual(Uint8Array.of(7));
  });

  test("find an attribute by its key, within a range", () => {
    const attributes = ["a", "service.name", "service.namf", "service.name"].map((key, at) => ({
      key,
      value: { intValue: at },
    }));
    const batch = logOf({ attributes });
    const key = new TextEncoder().encode("service.name");
    expect(findAttribute(batch, 0, 4, key)).toBe(1);
    expect(findAttribute(batch, 2, 4, key)).toBe(3);
    expect(findAttribute(batch, 2, 3, key)).toBe(-1);
    expect(readAttributes(batch, 0, 2)).toEqual({ a: 0, "service.name": 1 });
  });

  test("ids are lower-case hex, and all zero is absence", () => {
    const batch = logOf({ traceId: Uint8Array.from({ length: 16 }, (_, at) => at * 17) });
    expect(readTraceId(batch.logs.traceId, 0)).toBe("00112233445566778899aabbccddeeff");
    expect(isZeroId(batch.logs.traceId, 0, 16)).toBe(false);
    expect(isZeroId(batch.logs.spanId, 0, 8)).toBe(true);
  });

  test("text reads the same short and long, ASCII and not", () => {
    for (const text of [
      "",
      "x",
      "x".repeat(24),
      "x".repeat(25),
      "é",
      "é".repeat(40),
      "\ufeffmark",
    ]) {
      const bytes = new TextEncoder().encode(`<${text}>`);
      expect(decodeText(bytes, 1, bytes.length - 2)).toBe(text);
    }
  });
});

function logOf(record: object) {
  return decodeRequest(
    "logs",
    "protobuf",
    encodeOfficial("logs", { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }),
  );
}
