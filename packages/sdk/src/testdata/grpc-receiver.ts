// grpc-receiver.ts — a real OTLP/gRPC receiver on a free local port, whose answers a test can choose.

import * as grpc from "@grpc/grpc-js";
import type { Signal } from "@telemetry/otlp";
import { Collector } from "../testing/testing.ts";

/** What one call is answered; `hang` never answers it. */
export interface GrpcTestAnswer {
  readonly code?: grpc.status;
  readonly details?: string;
  /** Sent with the status. */
  readonly trailers?: Readonly<Record<string, string | Buffer>>;
  /** Sent before the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly hang?: boolean;
}

export interface GrpcTestRequest {
  readonly signal: Signal;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** Until the client gives up; Infinity when it did not say. */
  readonly leftMs: number;
  /** Subject of the client's certificate. */
  readonly clientName: string | undefined;
}

export interface GrpcTestReceiver {
  /** `127.0.0.1:port`, or as it was asked for. */
  readonly address: string;
  readonly collected: Collector;
  readonly requests: readonly GrpcTestRequest[];
  answer: (request: GrpcTestRequest, index: number) => GrpcTestAnswer;
  close(): Promise<void>;
}

const METHODS: Readonly<Record<Signal, string>> = {
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
};

export interface GrpcTestReceiverOptions {
  readonly port?: number;
  /** In the place of a port. */
  readonly socketPath?: string;
  readonly credentials?: grpc.ServerCredentials;
  readonly channel?: grpc.ServerOptions;
}

export async function openGrpcReceiver(
  options: GrpcTestReceiverOptions = {},
): Promise<GrpcTestReceiver> {
  const { port = 0, socketPath, channel = {} } = options;
  const { credentials = grpc.ServerCredentials.createInsecure() } = options;
  const asked = socketPath === undefined ? `127.0.0.1:${port}` : `unix:${socketPath}`;
  const requests: GrpcTestRequest[] = [];
  const collected = new Collector();
  const server = new grpc.Server(channel);
  const receiver: GrpcTestReceiver = {
    address: "",
    collected,
    requests,
    answer: () => ({}),
    close: () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
  for (const signal of ["traces", "metrics", "logs"] as const) {
    server.addService(serviceOf(signal), {
      Export: (call: Call, callback: Callback) => {
        const request = requestOf(signal, call);
        requests.push(request);
        const answer = receiver.answer(request, requests.length - 1);
        respond(call, callback, answer, () => collected.collect(signal, request.body));
      },
    });
  }
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(asked, credentials, (error, boundPort) =>
      error === null ? resolve(boundPort) : reject(error),
    );
  });
  return Object.assign(receiver, { address: socketPath === undefined ? `127.0.0.1:${bound}` : asked });
}

type Call = grpc.ServerUnaryCall<Buffer, Buffer>;
type Callback = grpc.sendUnaryData<Buffer>;

function serviceOf(signal: Signal): grpc.ServiceDefinition {
  const asTheyAre = (bytes: Buffer): Buffer => bytes;
  return {
    Export: {
      path: METHODS[signal],
      requestStream: false,
      responseStream: false,
      requestSerialize: asTheyAre,
      requestDeserialize: asTheyAre,
      responseSerialize: asTheyAre,
      responseDeserialize: asTheyAre,
    },
  };
}

function requestOf(signal: Signal, call: Call): GrpcTestRequest {
  const deadline = Number(call.getDeadline());
  const subject = call.getAuthContext().sslPeerCertificate?.subject as { CN?: string } | undefined;
  return {
    signal,
    metadata: call.metadata.getMap(),
    body: call.request,
    leftMs: deadline - Date.now(),
    clientName: subject?.CN,
  };
}

function respond(
  call: Call,
  callback: Callback,
  answer: GrpcTestAnswer,
  collect: () => void,
): void {
  const { code = grpc.status.OK, details = "", hang = false, body = Buffer.alloc(0) } = answer;
  if (answer.headers !== undefined) call.sendMetadata(metadataOf(answer.headers));
  if (hang) return;
  if (code !== grpc.status.OK) {
    callback({ code, details, metadata: metadataOf(answer.trailers ?? {}) });
    return;
  }
  collect();
  callback(null, Buffer.from(body));
}

function metadataOf(entries: Readonly<Record<string, string | Buffer>>): grpc.Metadata {
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
}
