// receive.ts — the doors of the dashboard for telemetry: OTLP over HTTP, and over gRPC.

export type { AccessCheck } from "./access-check.ts";
export { openGrpcDoor } from "./grpc.ts";
export { createHttpDoor, isOtlpPath } from "./http.ts";
export { Receiver } from "./receiver.ts";
