// encode-points.ts — the points of a store as OTLP protobuf.

import {
  encodeExponentialPoint,
  encodeHistogramPoint,
  encodeNumberPoint,
  encodePointAttributes,
  flattenAttributes,
  ProtobufWriter,
} from "@telemetry/otlp/encode";
import type { AnyValue, KeyTable } from "@telemetry/otlp/encode";

import type { Store } from "./store.ts";

/** Where points go. */
export interface PointTarget {
  readonly writer: ProtobufWriter;
  readonly keys: KeyTable;
  /** Epoch milliseconds. */
  readonly timeMs: number;
}

/** Writes a point per row with measurements, and returns how many. */
export function encodePoints(store: Store, { writer, keys, timeMs }: PointTarget): number {
  const { rows } = store;
  let count = 0;
  for (const row of rows.recorded()) {
    const start = {
      attributes: attributesOf(store, row, keys),
      startMs: rows.startMsOf(row),
      timeMs,
      exemplars: rows.exemplars.of(row),
    };
    const data = store.read(row);
    if (data.kind === "number") encodeNumberPoint(writer, { ...start, ...data }, keys);
    else if (data.kind === "histogram") encodeHistogramPoint(writer, { ...start, ...data }, keys);
    else encodeExponentialPoint(writer, { ...start, ...data }, keys);
    count++;
  }
  return count;
}

/** Made once per series: they never change. */
function attributesOf({ rows, type }: Store, row: number, keys: KeyTable): Uint8Array {
  return rows.series.encodedOf(row, (attributes) =>
    encodePointAttributes(
      new ProtobufWriter({ chunkSizeBytes: 256 }),
      type,
      flattenAttributes(attributes as Record<string, AnyValue>),
      keys,
    ),
  );
}
