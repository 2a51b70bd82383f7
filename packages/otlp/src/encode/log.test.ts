import { describe, expect, test } from "vitest";

import { OFFICIAL } from "../conformance/conformance.ts";
import type { Tree } from "../conformance/conformance.ts";
import {
  encodeLog,
  encodeRequest,
  encodeResource,
  encodeScope,
  KeyTable,
  ProtobufWriter,
} from "./encode.ts";
import type { EncodableLog } from "./encode.ts";

const keys = new KeyTable({ isRedacted: (key) => key === "secret" });

const LOG: EncodableLog = {
  anchor: { wholeMs: 1_700_000_000_000, ns: 7 },
  ms: 0.5,
  observedAnchor: { wholeMs: 1_700_000_001_000, ns: 0 },
  observedMs: 0,
  severityNumber: 17,
  severityText: "ERROR",
  body: "paid",
  eventName: "order.paid",
  flatAttributes: ["order.id", 7, "secret", "s"],
  droppedAttributesCount: 2,
  span: {
    traceId0: 0x0af76519,
    traceId1: 0x16cd43dd,
    traceId2: 0x8448eb21 | 0,
    traceId3: 0x1c80319c,
    spanId0: 0xb7ad6b71 | 0,
    spanId1: 0x69203331,
    traceFlags: 3,
  },
};

/** What an independent decoder makes of a request with the record. */
function decode(log: EncodableLog): Tree {
  const writer = new ProtobufWriter();
  encodeLog(writer, log, keys);
  const scope = encodeScope({ name: "test" }, keys);
  const chunks = encodeRequest(encodeResource([], keys), [{ scope, chunks: writer.takeChunks() }]);
  const tree = OFFICIAL.logs.toObject(OFFICIAL.logs.decode(Buffer.concat(chunks)), {
    longs: String,
    bytes: String,
  });
  const [group] = tree["resourceLogs"] as Tree[];
  const [scoped] = group!["scopeLogs"] as Tree[];
  return (scoped!["logRecords"] as Tree[])[0]!;
}

describe("encodeLog", () => {
  test("every field is what an independent decoder reads", () => {
    expect(decode(LOG)).toEqual({
      timeUnixNano: "1700000000000500007",
      observedTimeUnixNano: "1700000001000000000",
      severityNumber: 17,
      severityText: "ERROR",
      body: { stringValue: "paid" },
      eventName: "order.paid",
      attributes: [
        { key: "order.id", value: { intValue: "7" } },
        { key: "secret", value: { stringValue: "[REDACTED]" } },
      ],
      droppedAttributesCount: 2,
      flags: 3,
      traceId: Buffer.from("0af7651916cd43dd8448eb211c80319c", "hex").toString("base64"),
      spanId: Buffer.from("b7ad6b7169203331", "hex").toString("base64"),
    });
  });

  test("what is absent takes no bytes", () => {
    const bare = decode({
      ...LOG,
      severityNumber: 0,
      severityText: "",
      body: undefined,
      eventName: "",
      flatAttributes: null,
      droppedAttributesCount: 0,
      span: undefined,
    });

    expect(Object.keys(bare).toSorted()).toEqual(["observedTimeUnixNano", "timeUnixNano"]);
  });

  test("a body is any AnyValue", () => {
    expect(decode({ ...LOG, body: { a: [1, true] } })["body"]).toEqual({
      kvlistValue: {
        values: [
          {
            key: "a",
            value: { arrayValue: { values: [{ intValue: "1" }, { boolValue: true }] } },
          },
        ],
      },
    });
  });
});
