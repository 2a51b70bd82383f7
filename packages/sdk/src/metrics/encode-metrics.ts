// encode-metrics.ts — what a collection found, as OTLP export requests.
//
// A request is closed when it has grown beyond 3 MiB: 2 000 series in each of a hundred instruments are more
// than a receiver takes at once. Metrics without any point leave nothing behind.

import {
  beginMetric,
  encodeExponentialPoint,
  encodeHistogramPoint,
  encodeNumberPoint,
  encodePointAttributes,
  encodeScope,
  endMetric,
  flattenAttributes,
  MetricType,
  ProtobufWriter,
} from "@telemetry/otlp/encode";
import type { AnyValue, KeyTable, ScopeRecords } from "@telemetry/otlp/encode";

import type { ScopeStreams, Stream } from "./reader.ts";
import type { Store } from "./store.ts";

/** One request's worth of metrics, to be sent with `encodeRequest`. */
export interface EncodedMetrics {
  readonly scopes: readonly ScopeRecords[];
  readonly pointCount: number;
  readonly sizeBytes: number;
}

/** A receiver takes 64 MiB, a proxy before it often 4. */
const REQUEST_SIZE_BYTES = 3 * 1_024 * 1_024;

/** In the order of the scopes. Without any point there is no request. `timeMs` is epoch milliseconds. */
export function encodeMetrics(
  scopes: Iterable<ScopeStreams>,
  timeMs: number,
  keys: KeyTable,
): EncodedMetrics[] {
  const requests = new Requests();
  for (const { scope, streams } of scopes) {
    const encodedScope = encodeScope(scope, keys);
    const writer = new ProtobufWriter();
    for (const stream of streams) {
      requests.pointCount += encodeStream(writer, stream, timeMs, keys);
      if (requests.sizeBytes + writer.sizeBytes < REQUEST_SIZE_BYTES) continue;
      requests.add(encodedScope, writer);
      requests.close();
    }
    requests.add(encodedScope, writer);
  }
  requests.close();
  return requests.closed;
}

class Requests {
  readonly closed: EncodedMetrics[] = [];
  pointCount = 0;
  sizeBytes = 0;
  #scopes: ScopeRecords[] = [];

  add(scope: Uint8Array, writer: ProtobufWriter): void {
    if (writer.sizeBytes === 0) return;
    this.sizeBytes += writer.sizeBytes;
    this.#scopes.push({ scope, chunks: writer.takeChunks() });
  }

  close(): void {
    if (this.#scopes.length === 0) return;
    const { pointCount, sizeBytes } = this;
    this.closed.push({ scopes: this.#scopes, pointCount, sizeBytes });
    this.#scopes = [];
    this.pointCount = this.sizeBytes = 0;
  }
}

/** Returns the number of points. */
function encodeStream(
  writer: ProtobufWriter,
  stream: Stream,
  timeMs: number,
  keys: KeyTable,
): number {
  const { identity, store, temporality, isMonotonic } = stream;
  writer.beginRecord();
  const marks = beginMetric(writer, identity, store.type);
  const count = encodePoints(writer, store, timeMs, keys);
  if (count === 0) {
    writer.discardRecord();
    return 0;
  }
  if (store.type === MetricType.gauge) endMetric(writer, marks);
  else if (store.type === MetricType.sum) endMetric(writer, marks, temporality, isMonotonic);
  else endMetric(writer, marks, temporality);
  writer.endRecord();
  return count;
}

function encodePoints(
  writer: ProtobufWriter,
  store: Store,
  timeMs: number,
  keys: KeyTable,
): number {
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
