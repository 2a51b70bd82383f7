// test-receiver.ts — a receiver on a real spool in a temporary folder, and what it passed on.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transferablesOf, type Signal } from "@telemetry/otlp";
import protobuf from "protobufjs";
import { openSpool, scanEntries, type Spool } from "../../spool/spool.ts";
import type { AccessCheck, ReadCheck } from "../access-check.ts";
import { Receiver, type ReceiverOptions } from "../receiver.ts";

export const BODY_SIZE_BYTES_MAX = 100_000;

export interface TestReceiver {
  readonly receiver: Receiver;
  readonly spool: Spool;
  readonly published: { rows: number; receivedAtMs: number }[];
  readonly handedOver: { signal: Signal; position: number; rows: number }[];
  readonly told: unknown[];
  /** Makes the live pages fail. */
  breakPages(): void;
  /** Bodies in the spool, in hex. */
  spooled(signal: Signal): string[];
  close(): Promise<void>;
}

export async function openTestReceiver(
  options: Partial<ReceiverOptions> & { readonly spoolBytesMax?: number } = {},
): Promise<TestReceiver> {
  const { spoolBytesMax, ...rest } = options;
  const dataDirectory = mkdtempSync(join(tmpdir(), "telemetry-receive-"));
  const spool = await openSpool({
    dataDirectory,
    ...(spoolBytesMax !== undefined && { bytesMax: spoolBytesMax }),
  });
  const published: TestReceiver["published"] = [];
  const handedOver: TestReceiver["handedOver"] = [];
  const told: unknown[] = [];
  let pagesAreBroken = false;
  const receiver = new Receiver({
    spool,
    bodySizeBytesMax: BODY_SIZE_BYTES_MAX,
    publish: (batch, receivedAtMs) => {
      if (pagesAreBroken) throw new Error("a page is broken");
      published.push({ rows: batch.rowCount, receivedAtMs });
    },
    handOver: (batch, position) => {
      handedOver.push({ signal: batch.signal, position, rows: batch.rowCount });
      structuredClone(batch, { transfer: transferablesOf(batch) }); // what the store does: it is gone from here
    },
    tell: (error) => told.push(error),
    ...rest,
  });
  return {
    receiver,
    spool,
    published,
    handedOver,
    told,
    breakPages: () => (pagesAreBroken = true),
    spooled: (signal) => {
      const entries = [...scanEntries(spool.directory, signal, 0, spool.end(signal))];
      return entries.map((entry) => Buffer.from(entry.body).toString("hex"));
    },
    close: async () => {
      await spool.close();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** Refuses one page and one token. */
export const check: AccessCheck = ({ header }) => {
  if (header("origin") === "https://evil.example")
    return { status: 403, message: "Cannot answer the page" };
  if (header("authorization") === "Bearer wrong")
    return { status: 401, message: "Cannot answer: the token is wrong" };
  return undefined;
};

/** Keeps its answers from that page. */
export const mayRead: ReadCheck = ({ header }) => header("origin") !== "https://evil.example";

const { root } = protobuf.parse(
  `syntax = "proto3";
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message Any { string type_url = 1; bytes value = 2; }
  message RetryInfo { Duration retry_delay = 1; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message BadRequest { repeated FieldViolation field_violations = 1; }
  message FieldViolation { string field = 1; string description = 2; }`,
  { keepCase: true },
);

/** A google.rpc.Status in the form of its JSON, by a decoder that is not ours. */
export function decodeStatus(bytes: Uint8Array): Record<string, unknown> {
  const decode = (name: string, value: Uint8Array) => {
    const type = root.lookupType(name);
    return type.toObject(type.decode(value), { longs: Number }) as Record<string, unknown>;
  };
  const { details = [], ...status } = decode("Status", bytes) as {
    details?: { type_url: string; value: Uint8Array }[];
  };
  if (details.length === 0) return status;
  return { ...status, details: details.map(({ type_url: url, value }) => readDetail(url, value)) };

  function readDetail(url: string, value: Uint8Array): object {
    if (url.endsWith("RetryInfo")) {
      const { retry_delay: delay } = decode("RetryInfo", value) as {
        retry_delay: { seconds: number };
      };
      return { "@type": url, retryDelay: `${delay.seconds}s` };
    }
    const { field_violations: fieldViolations } = decode("BadRequest", value);
    return { "@type": url, fieldViolations };
  }
}
