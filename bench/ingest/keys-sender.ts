// keys-sender.ts — a process that sends spans with attribute keys of its own kind, at a rate, until its standard input
// ends. Prints how many were acknowledged.
//
//   node keys-sender.ts <otlp url> <kind> <spans per second>
//
//   ordinary   ten keys, the same on every span
//   many       ten keys of 5 000: what a platform of many teams sends
//   unique     ten keys that no other span has: an id that somebody has put into a key

import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { bytes, fixed64, message, number, text, type Field } from "./protobuf.ts";

export type KeyKind = "ordinary" | "many" | "unique";

const SPANS_PER_REQUEST = 256;
const KEYS_PER_SPAN = 10;
const MANY = 5_000;

const [url = "", kind = "ordinary", rate = "1000"] = process.argv.slice(2);
const target = new URL("/v1/traces", url);
const pauseMs = (SPANS_PER_REQUEST * 1_000) / Number(rate);
const stop = new AbortController();
process.stdin.once("end", () => stop.abort()).resume();

let acknowledged = 0;
let keys = 0;
for (let dueMs = performance.now(); !stop.signal.aborted; dueMs += pauseMs) {
  await sleep(Math.max(0, dueMs - performance.now()));
  const headers = { "content-type": "application/x-protobuf" };
  const response = await fetch(target, {
    method: "POST",
    headers,
    body: new Uint8Array(request()),
  });
  await response.arrayBuffer();
  if (response.status === 200) acknowledged += SPANS_PER_REQUEST;
}
console.log(JSON.stringify({ acknowledged }));
process.exit();

function request(): Buffer {
  const service = message(text(1, "service.name"), bytes(2, text(1, `keys-${kind}`)));
  const spans = Array.from({ length: SPANS_PER_REQUEST }, () => bytes(2, span()));
  const scope = message(bytes(1, text(1, "keys")), ...spans);
  return message(bytes(1, message(bytes(1, bytes(1, service)), bytes(2, scope))));
}

function span(): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE(BigInt(Date.now()) * 1_000_000n);
  return message(
    bytes(1, randomBytes(16)),
    bytes(2, randomBytes(8)),
    text(5, "work"),
    number(6, 1),
    fixed64(7, time),
    fixed64(8, time),
    ...Array.from({ length: KEYS_PER_SPAN }, (_, index) => attribute(keyOf(index))),
  );
}

function keyOf(index: number): string {
  if (kind === "unique") return `tenant.${process.pid}.${keys++}`;
  return `attribute.key.number.${kind === "many" ? randomInt(MANY) : index}`;
}

function attribute(key: string): Field {
  return bytes(9, message(text(1, key), bytes(2, text(1, `value ${keys % 100}`))));
}
