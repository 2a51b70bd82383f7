// wire.ts — protobuf's wire format, read and written, and the text inside.

export { MessageWriter } from "./message-writer.ts";
export { decodeText, encodeHex } from "./text.ts";
export { WireError, WireReader } from "./wire-reader.ts";
