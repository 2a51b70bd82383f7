// The wire format of OpenTelemetry: OTLP protobuf and JSON, to columns and back.

export * from "./batch.ts";
export { decodeRequest, MalformedPayloadError, transferablesOf, wordsOf } from "./decode/decode.ts";
export type { BatchOf, Encoding } from "./decode/decode.ts";
export { WireReader } from "./wire/wire.ts";
export {
  decodeText,
  encodeHex,
  findAttribute,
  isZeroId,
  readAttributeEntries,
  readAttributes,
  readSpanId,
  readString,
  readTraceId,
  readValue,
  readValueAs,
} from "./read/read.ts";
export type { AnyValue, ValueMaker } from "./read/read.ts";
export { encodeResponse } from "./response/response.ts";
