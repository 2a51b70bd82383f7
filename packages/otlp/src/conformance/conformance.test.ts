// Every real payload, decoded by us and by protobufjs over the official definitions, field by field.
// ACCEPTANCE 10 (official definitions), 12 and 13 (types and 64-bit integers), 15 (every part of a span).

import { describe, expect, test } from "vitest";
import { decodeRequest, MalformedPayloadError } from "../index.ts";
import { viewBatch } from "./batch-view.ts";
import { viewOfficial, viewOfficialJson } from "./official.ts";
import { corpusFiles, equalFiles, invalidFiles, MISSING_PAYLOADS } from "./payload-files.ts";
import type { PayloadFile } from "./payload-files.ts";

describe.skipIf(MISSING_PAYLOADS !== undefined)(`real payloads ${MISSING_PAYLOADS ?? ""}`, () => {
  test("there are 71 captured requests and 25 files of equal payloads", () => {
    expect(corpusFiles()).toHaveLength(71);
    expect(new Set(equalFiles().map(({ name }) => name.replace(/:.*/, "")))).toHaveProperty(
      "size",
      25,
    );
  });

  test.each([...corpusFiles(), ...equalFiles()])(
    "$name reads like the independent decoder reads it",
    (file) => {
      expect(viewBatch(decodeFile(file))).toEqual(viewOfficialFile(file));
    },
  );

  test("one request of the corpus has a span whose trace id is 24 bytes; it alone is rejected", () => {
    const rejecting = corpusFiles().filter((file) => decodeFile(file).rejected.count > 0);

    expect(rejecting.map(({ name }) => name)).toEqual(["040-traces.bin"]);
    expect(decodeFile(rejecting[0]!).rejected).toEqual({
      count: 1,
      message:
        "resource_spans[0].scope_spans[0].spans[0].trace_id at byte 108: the id is not 16 bytes long (32 hex digits in JSON)",
    });
  });

  test.each([
    ["trace", "pb", "json"],
    ["metrics_sum", "pb", "json"],
    ["metrics_gauge", "pb", "json"],
    ["metrics_histogram", "pb", "json"],
    ["metrics_exponential_histogram", "pb", "json"],
    ["metrics_summary", "pb", "json"],
    ["metrics_mixed", "pb", "json"],
    ["metrics_mixed", "json", "jsonl"],
  ])("%s is the same as %s and as %s", (name, ...extensions) => {
    const [first, second] = extensions.map((extension) =>
      equalFiles().find((file) => file.name === `${name}.${extension}`),
    );
    expect(viewBatch(decodeFile(first!))).toEqual(viewBatch(decodeFile(second!)));
  });

  test.each([
    ["log_invalid_severity.json", /severityNumber: "INVALID_SEVERITY_VALUE" is none of/],
    ["malformed.json", /logRecords\[0\]: "\/" stands where "}" is expected, at byte 447$/],
    ["metrics_invalid_temporality.json", /sum\.aggregationTemporality: "INVALID_TEMP/],
    ["trace_invalid_kind.json", /spans\[0\]\.kind: "SPAN_KIND_INVALID_TYPE" is none of/],
  ])("%s is refused as a whole, by the name of its field", (name, message) => {
    const decode = () => decodeFile(invalidFiles().find((file) => file.name === name)!);
    expect(decode).toThrow(MalformedPayloadError);
    expect(decode).toThrow(message);
  });

  test.each(["trace_invalid_base64.json", "trace_mixed_encoding.json"])(
    "%s loses the one span whose ids are no hex",
    (name) => {
      const { rejected, rowCount } = decodeFile(invalidFiles().find((file) => file.name === name)!);
      expect(rowCount).toBe(0);
      expect(rejected.count).toBe(1);
      expect(rejected.message).toMatch(/spans\[0\]\.traceId: the id is not 16 bytes long/);
    },
  );
});

function decodeFile({ signal, encoding, body }: PayloadFile) {
  return decodeRequest(signal, encoding, new Uint8Array(body));
}

function viewOfficialFile({ signal, encoding, body }: PayloadFile) {
  return encoding === "protobuf"
    ? viewOfficial(signal, body)
    : viewOfficialJson(signal, new TextDecoder().decode(body));
}
