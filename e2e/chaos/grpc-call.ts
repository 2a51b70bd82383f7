// grpc-call.ts — gRPC as far as OTLP needs it: one message there, one back, over HTTP/2.
//
//   DATA  0, length of 4 bytes, message        (0: not compressed)
//   trailers  grpc-status, grpc-message, grpc-status-details-bin

import type { ClientHttp2Session, IncomingHttpHeaders } from "node:http2";
import type { Signal } from "@telemetry/otlp";

export const METHODS: Readonly<Record<Signal, string>> = {
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
};
export const GRPC_OK = 0;
export const GRPC_UNAVAILABLE = 14;
const FRAME_HEAD_BYTES = 5;

export interface GrpcAnswer {
  /** undefined when the stream ended without one. */
  readonly status: number | undefined;
  readonly trailers: IncomingHttpHeaders;
  readonly message: Buffer;
}

export function frameOf(message: Uint8Array): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

export function messageOf(frame: Buffer): Buffer {
  return frame.subarray(FRAME_HEAD_BYTES);
}

/** Rejects when the connection breaks before the answer. */
export function callGrpc(
  session: ClientHttp2Session,
  path: string,
  frame: Uint8Array,
): Promise<GrpcAnswer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    const chunks: Buffer[] = [];
    let trailers: IncomingHttpHeaders = {};
    const take = (headers: IncomingHttpHeaders) => (trailers = { ...trailers, ...headers });
    stream.on("response", take); // a refusal may come without a body, in the headers
    stream.on("trailers", take);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("close", () => {
      const status = trailers["grpc-status"];
      resolve({
        status: status === undefined ? undefined : Number(status),
        trailers,
        message: messageOf(Buffer.concat(chunks)),
      });
    });
    stream.end(frame);
  });
}
