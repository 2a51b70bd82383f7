// receive.ts — the doors of the dashboard for telemetry: OTLP over HTTP, and over gRPC.

export type { AccessCheck } from "./access-check.ts";
export { openGrpcDoor } from "./grpc/grpc.ts";
export { createHttpDoor, isOtlpRequest } from "./http.ts";
export { Receiver } from "./receiver.ts";
export type { SenderLimits } from "./senders.ts";
