import { describe, expect, test } from "vitest";
import { OFFICIAL_RESPONSES } from "../conformance/conformance.ts";
import { encodeResponse } from "../index.ts";
import type { Signal } from "../index.ts";

const NAMES = {
  traces: "rejectedSpans",
  logs: "rejectedLogRecords",
  metrics: "rejectedDataPoints",
} as const satisfies Record<Signal, string>;

describe.each(Object.entries(NAMES) as [Signal, string][])("the answer to %s", (signal, field) => {
  test("is empty when everything was accepted", () => {
    const accepted = { count: 0, message: "" };
    expect(encodeResponse(signal, "protobuf", accepted)).toHaveLength(0);
    expect(textOf(encodeResponse(signal, "json", accepted))).toBe("{}");
  });

  test("says how many rows were rejected, and why", () => {
    const rejected = { count: 300, message: "spans[0]: trace_id is missing \u{1F9ED} ".repeat(9) };
    const type = OFFICIAL_RESPONSES[signal];
    const bytes = encodeResponse(signal, "protobuf", rejected);
    expect(type.toObject(type.decode(bytes), { longs: Number })).toEqual({
      partialSuccess: { [field]: 300, errorMessage: rejected.message },
    });
    expect(JSON.parse(textOf(encodeResponse(signal, "json", rejected)))).toEqual({
      partialSuccess: { [field]: "300", errorMessage: rejected.message },
    });
  });

  test("may warn although nothing was rejected", () => {
    const warning = { count: 0, message: "links[0].trace_id: the id is ignored" };
    expect(textOf(encodeResponse(signal, "json", warning))).toContain("the id is ignored");
    const type = OFFICIAL_RESPONSES[signal];
    const decoded = type.decode(encodeResponse(signal, "protobuf", warning));
    expect(type.toObject(decoded, {})).toMatchObject({
      partialSuccess: { errorMessage: warning.message },
    });
  });
});

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
