// receive.ts — the doors of the dashboard for telemetry: OTLP over HTTP, and over gRPC.

export type { AccessCheck, Visitor } from "./access-check.ts";
export { openGrpcDoor, type GrpcDoorOptions } from "./grpc.ts";
export { createHttpDoor, isOtlpPath, type HttpDoor } from "./http.ts";
export { BODY_SIZE_BYTES_MAX, Receiver, type ReceiverOptions } from "./receiver.ts";
