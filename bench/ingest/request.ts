// request.ts — ready-made OTLP requests, so that the sender costs next to nothing: a request of 512 records
// is encoded once, and ids and times are patched into its bytes before each send.
//
//   traces    32 traces of 16 spans, ten attributes each
//   logs      512 records with a body and ten attributes, in 32 traces
//   metrics   32 metrics of 16 points, five attributes each: counters, gauges and histograms

import { randomFillSync } from "node:crypto";
import { bytes, fixed64, message, number, text, type Field } from "./protobuf.ts";

export type Signal = "traces" | "logs" | "metrics";

export const RECORDS_PER_REQUEST = 512;
const RECORDS_PER_GROUP = 16;
const GROUPS = RECORDS_PER_REQUEST / RECORDS_PER_GROUP;

/** Encoded request with the places that change. */
export interface ReadyRequest {
  /** Writes fresh ids into `body`, and times from `nowNs` on. */
  patch(nowNs: bigint): void;
  readonly body: Buffer<ArrayBuffer>;
}

export function readyRequest(signal: Signal): ReadyRequest {
  const body = Buffer.from(REQUESTS[signal]());
  // The placeholders are unmistakable: eight bytes 0xDD for a time; 0xEE, six times 0xEE, two of number for an id.
  const ids = idsIn(body);
  const times = runsIn(body, Buffer.alloc(8, TIME_BYTE));
  const random = Buffer.alloc(ID_COUNT * 8);
  return {
    body,
    patch(nowNs) {
      randomFillSync(random);
      for (const { at, id } of ids) random.copy(body, at, id * 8, id * 8 + 8);
      for (const [index, at] of times.entries()) {
        const ns = nowNs + BigInt(index);
        body.writeUInt32LE(Number(ns & 0xffff_ffffn), at);
        body.writeUInt32LE(Number(ns >> 32n), at + 4);
      }
    },
  };
}

const ID_BYTE = 0xee;
const TIME_BYTE = 0xdd;
/** Two halves of a trace id per group, one span id per record. */
const ID_COUNT = GROUPS * 2 + RECORDS_PER_REQUEST;

/** Eight bytes of an id that `patch` replaces by those of that number. */
function idPlaceholder(id: number): Buffer {
  const placeholder = Buffer.alloc(8, ID_BYTE);
  placeholder.writeUInt16BE(id, 6);
  return placeholder;
}

function traceId(record: number): Buffer {
  const group = Math.floor(record / RECORDS_PER_GROUP);
  return Buffer.concat([idPlaceholder(group * 2), idPlaceholder(group * 2 + 1)]);
}

function spanId(record: number): Buffer {
  return idPlaceholder(GROUPS * 2 + record);
}

const time = Buffer.alloc(8, TIME_BYTE);

function idsIn(body: Buffer): { at: number; id: number }[] {
  return runsIn(body, Buffer.alloc(6, ID_BYTE)).map((at) => ({
    at,
    id: body.readUInt16BE(at + 6),
  }));
}

function runsIn(body: Buffer, run: Buffer): number[] {
  const offsets: number[] = [];
  for (let at = body.indexOf(run); at !== -1; at = body.indexOf(run, at + 8)) offsets.push(at);
  return offsets;
}

const REQUESTS: Readonly<Record<Signal, () => Buffer>> = {
  traces: () => request(each(RECORDS_PER_REQUEST, (record) => bytes(2, span(record)))),
  logs: () => request(each(RECORDS_PER_REQUEST, (record) => bytes(2, logRecord(record)))),
  metrics: () => request(each(GROUPS, (metric) => bytes(2, metricOf(metric)))),
};

function request(records: readonly Field[]): Buffer {
  const resource = message(
    ...attributes(1, [
      ["service.name", text(1, "bench")],
      ["service.version", text(1, "1.2.3")],
      ["telemetry.sdk.language", text(1, "nodejs")],
      ["host.name", text(1, "bench-1")],
    ]),
  );
  const scope = message(text(1, "bench"));
  return message(
    bytes(1, message(bytes(1, resource), bytes(2, message(bytes(1, scope), ...records)))),
  );
}

function span(record: number): Buffer {
  const isRoot = record % RECORDS_PER_GROUP === 0;
  const parent =
    record - (record % RECORDS_PER_GROUP) + Math.floor((record % RECORDS_PER_GROUP) / 2);
  return message(
    bytes(1, traceId(record)),
    bytes(2, spanId(record)),
    ...(isRoot ? [] : [bytes(4, spanId(parent))]),
    text(5, `GET /orders/${record % 20}`),
    number(6, isRoot ? 2 : 1),
    fixed64(7, time),
    fixed64(8, time),
    ...attributes(9, tenValues(record)),
    bytes(15, message(number(3, record % 100 === 0 ? 2 : 0))),
  );
}

function logRecord(record: number): Buffer {
  return message(
    fixed64(1, time),
    number(2, 9),
    text(3, "INFO"),
    bytes(5, message(text(1, `order ${record} was charged after ${record % 90} ms`))),
    ...attributes(6, tenValues(record)),
    bytes(9, traceId(record)),
    bytes(10, spanId(record)),
    fixed64(11, time),
  );
}

function metricOf(metric: number): Buffer {
  const points = each(RECORDS_PER_GROUP, (point) => point + metric * RECORDS_PER_GROUP);
  const name = text(1, `bench.metric.${metric}`);
  if (metric % 4 === 3) {
    const data = message(...points.map((point) => bytes(1, histogramPoint(point))), number(2, 2));
    return message(name, bytes(9, data));
  }
  const numbers = points.map((point) => bytes(1, numberPoint(point)));
  if (metric % 4 === 2) return message(name, bytes(5, message(...numbers)));
  return message(name, bytes(7, message(...numbers, number(2, 2), number(3, 1))));
}

function numberPoint(point: number): Buffer {
  return message(
    fixed64(2, time),
    fixed64(3, time),
    fixed64(4, double(point * 1.5)),
    ...attributes(7, tenValues(point).slice(0, 5)),
  );
}

function histogramPoint(point: number): Buffer {
  const counts = Buffer.concat(each(16, (bucket) => unsigned64(bucket)));
  const bounds = Buffer.concat(each(15, (bucket) => double(2 ** bucket)));
  return message(
    fixed64(2, time),
    fixed64(3, time),
    fixed64(4, unsigned64(120)),
    fixed64(5, double(point)),
    bytes(6, counts),
    bytes(7, bounds),
    ...attributes(9, tenValues(point).slice(0, 5)),
  );
}

/** Seven texts of about 20 characters, two integers and a boolean, under keys of about 20. */
function tenValues(record: number): [key: string, value: Field][] {
  return each(10, (place) => {
    const key = `attribute.key.number.${place}`;
    if (place === 3 || place === 6) return [key, number(3, (record * 7 + place) % 1_000)];
    if (place === 9) return [key, number(2, record % 2)];
    return [key, text(1, `value of this one ${(record * 7 + place) % 100}`)];
  });
}

function attributes(field: number, values: readonly [key: string, value: Field][]): Field[] {
  return values.map(([key, value]) =>
    bytes(field, message(text(1, key), bytes(2, message(value)))),
  );
}

function double(value: number): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeDoubleLE(value);
  return eight;
}

function unsigned64(value: number): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64LE(BigInt(value));
  return eight;
}

function each<Made>(count: number, make: (index: number) => Made): Made[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
