// The encoder of OTLP: what an app recorded, to protobuf bytes.

export { REDACTED, encodeAnyValue } from "./any-value.ts";
export type { AnyValue } from "./any-value.ts";
export { encodeAttributes, flattenAttributes } from "./attributes.ts";
export type { FlatAttributes } from "./attributes.ts";
export { encodeRequest, encodeResource, encodeScope } from "./headers.ts";
export type { ScopeIdentity, ScopeRecords } from "./headers.ts";
export { KeyTable } from "./key-table.ts";
export type { EncodedKey } from "./key-table.ts";
export { ProtobufWriter, varintSizeBytes } from "./protobuf-writer.ts";
