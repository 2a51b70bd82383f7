// grpc.ts — OTLP/gRPC: the Export methods of the trace, metrics and logs services.
//
// Follows https://opentelemetry.io/docs/specs/otlp/#otlpgrpc. Messages pass as raw bytes: the request is decoded by the
// same code as over HTTP, and its bytes go to the spool as they came. The codes tell a sender what to do:
// INVALID_ARGUMENT and RESOURCE_EXHAUSTED mean "throw it away", UNAVAILABLE with RetryInfo means "keep it".

import { createServer, type Socket } from "node:net";
import type * as Grpc from "@grpc/grpc-js";
import { MalformedPayloadError, type Signal } from "@telemetry/otlp";
import { openPort, type Listener, type ListenOptions } from "../listen/listen.ts";
import type { AccessCheck, Visitor } from "./access-check.ts";
import { encodeExportResponse, encodeRetryStatus, RpcCode } from "./answer.ts";
import { AccessDeniedError, PayloadTooLargeError, UnavailableError } from "./errors.ts";
import { PACE_HEADER } from "./pace.ts";
import type { Receiver } from "./receiver.ts";

const SERVICES: Readonly<Record<Signal, string>> = {
  traces: "opentelemetry.proto.collector.trace.v1.TraceService",
  metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService",
  logs: "opentelemetry.proto.collector.logs.v1.LogsService",
};
const STREAMS_PER_CONNECTION_MAX = 1_000;
const KEEPALIVE_TIME_MS = 60_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;

export interface GrpcDoorOptions extends ListenOptions {
  readonly check: AccessCheck;
}

/** The grpc library is loaded here, and not where the port is closed. */
export async function openGrpcDoor(
  receiver: Receiver,
  options: GrpcDoorOptions,
): Promise<Listener> {
  const grpc = await import("@grpc/grpc-js");
  const server = new grpc.Server({
    "grpc.max_receive_message_length": receiver.bodySizeBytesMax,
    "grpc.max_concurrent_streams": STREAMS_PER_CONNECTION_MAX,
    "grpc.keepalive_time_ms": KEEPALIVE_TIME_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    "grpc.enable_channelz": 0,
  });
  for (const signal of Object.keys(SERVICES) as Signal[]) {
    server.addService(serviceOf(signal), {
      Export: exportMethod(grpc, receiver, signal, options.check),
    });
  }
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const net = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    injector.injectConnection(socket);
  });
  const port = await openPort(net, options);
  const close = async (graceMs: number) => {
    const closed = new Promise((resolve) => net.close(resolve));
    injector.drain(graceMs);
    const cutOff = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
    await closed;
    clearTimeout(cutOff);
    injector.destroy();
  };
  return { ...port, close };
}

/** One unary method whose messages are bytes on our side too. */
function serviceOf(signal: Signal): Grpc.ServiceDefinition {
  const asTheyAre = (bytes: Buffer) => bytes;
  return {
    Export: {
      path: `/${SERVICES[signal]}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asTheyAre,
      requestDeserialize: asTheyAre,
      responseSerialize: asTheyAre,
      responseDeserialize: asTheyAre,
    },
  };
}

function exportMethod(
  grpc: typeof Grpc,
  receiver: Receiver,
  signal: Signal,
  check: AccessCheck,
): Grpc.handleUnaryCall<Buffer, Buffer> {
  const pace = new grpc.Metadata();
  pace.set(...PACE_HEADER);
  const accept = async (body: Buffer): Promise<Buffer> => {
    const sizeBytes = body.length; // the store may take the body away
    receiver.station.count("wire_bytes", sizeBytes);
    receiver.hold(sizeBytes);
    try {
      const rejected = await receiver.accept(signal, "protobuf", body);
      return Buffer.from(encodeExportResponse(signal, "protobuf", rejected));
    } finally {
      receiver.release(sizeBytes);
    }
  };
  const answer: Answer = async (call, callback) => {
    try {
      const refusal = check(visitorOf(call, signal));
      if (refusal) throw new AccessDeniedError(refusal);
      callback(null, await accept(call.request));
    } catch (error) {
      callback(statusOf(grpc, error));
    }
  };
  return (call, callback) => {
    call.sendMetadata(pace);
    void answer(call, callback);
  };
}

type Answer = (...of: Parameters<Grpc.handleUnaryCall<Buffer, Buffer>>) => Promise<void>;

/** No browser speaks gRPC, so there is no page to be wary of: the token decides. */
function visitorOf(call: Grpc.ServerUnaryCall<Buffer, Buffer>, signal: Signal): Visitor {
  const [authorization] = call.metadata.get("authorization");
  const headers: Record<string, string | undefined> = {
    host: "localhost",
    authorization: authorization?.toString(),
  };
  return { method: "POST", path: `/v1/${signal}`, header: (name) => headers[name] };
}

/** The only place where an error becomes a gRPC status. */
function statusOf(grpc: typeof Grpc, error: unknown): Partial<Grpc.StatusObject> {
  const { status } = grpc;
  const details = error instanceof Error ? error.message : String(error);
  if (error instanceof MalformedPayloadError) return { code: status.INVALID_ARGUMENT, details };
  if (error instanceof PayloadTooLargeError) return { code: status.RESOURCE_EXHAUSTED, details };
  if (error instanceof AccessDeniedError) return { code: status.UNAUTHENTICATED, details };
  const retryAfterSeconds = error instanceof UnavailableError ? error.retryAfterSeconds : 1;
  const metadata = new grpc.Metadata();
  const retry = encodeRetryStatus(RpcCode.unavailable, details, retryAfterSeconds);
  metadata.set("grpc-status-details-bin", Buffer.from(retry));
  return { code: status.UNAVAILABLE, details, metadata };
}
