// The wire format of OpenTelemetry: OTLP protobuf and JSON, to columns and back.

export * from "./batch.ts";
