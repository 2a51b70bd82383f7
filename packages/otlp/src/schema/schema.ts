// schema.ts — OTLP's messages as data, and what they are good for besides decoding.

export { findFieldPath } from "./field-path.ts";
export { REQUEST_SCHEMAS } from "./messages.ts";
export type { FieldKind, FieldSchema, MessageSchema } from "./messages.ts";
