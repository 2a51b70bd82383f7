// request-body.ts — the body of an HTTP request: protobuf as the queue made it, or JSON made from it, compressed or not.

import type { ExportTarget } from "../../options/options.ts";
import type { ExportRequest } from "../protocol.ts";
import { compress } from "./compress.ts";

export interface RequestBody {
  readonly chunks: readonly Uint8Array[];
  /** Before compression: what the receiver has to hold. */
  readonly sizeBytes: number;
  readonly headers: Readonly<Record<string, string>>;
}

type BodyForm = Pick<ExportTarget, "protocol" | "compression">;

export async function makeBody(request: ExportRequest, form: BodyForm): Promise<RequestBody> {
  const { protocol, compression } = form;
  const isJson = protocol === "http/json";
  const chunks = isJson ? [await jsonOf(request)] : request.chunks;
  const type = { "content-type": isJson ? "application/json" : "application/x-protobuf" };
  const sizeBytes = sizeOf(chunks);
  if (compression === "none") return { chunks, sizeBytes, headers: type };
  return {
    chunks: [await compress(chunks, compression)],
    sizeBytes,
    headers: { ...type, "content-encoding": compression },
  };
}

/** The code that writes JSON is loaded by the first request that needs it. */
async function jsonOf({ signal, chunks }: ExportRequest): Promise<Uint8Array> {
  const { encodeJsonRequest } = await import("@telemetry/otlp/to-json");
  return encodeJsonRequest(signal, Buffer.concat(chunks));
}

export function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
