// describe.ts — puts into words what a request says, so that two sides can be held against each other.

import { decodeRequest, readAttributes, readString } from "@telemetry/otlp";

/** The count and the distinct shapes of the spans, without ids, times and resource. */
export function describeRequest(request: Uint8Array): string {
  const batch = decodeRequest("traces", "protobuf", request);
  const { spans } = batch;
  const shapes = Array.from({ length: spans.count }, (_, row) => ({
    name: readString(batch, spans.name, row),
    kind: spans.kind[row],
    attributes: readAttributes(batch, spans.attributes[row] ?? 0, spans.attributes[row + 1] ?? 0),
    hasParent: spans.parentSpanId.subarray(row * 8, row * 8 + 8).some((byte) => byte !== 0),
    isOrdered: (spans.startTimeUnixNano[row] ?? 0n) <= (spans.endTimeUnixNano[row] ?? 0n),
  }));
  const distinct = new Set(shapes.map((shape) => JSON.stringify(shape, bigintAsNumber)));
  return JSON.stringify({ count: spans.count, distinct: [...distinct].sort() });
}

function bigintAsNumber(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
