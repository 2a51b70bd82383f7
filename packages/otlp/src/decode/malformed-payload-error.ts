// malformed-payload-error.ts — the one error of the decoder.

/**
 * The request is no valid protobuf or JSON of its signal. Nothing of it can be used; the sender must not retry
 * (OTLP/HTTP 400, gRPC INVALID_ARGUMENT). The message names the field and the byte.
 */
export class MalformedPayloadError extends SyntaxError {
  override readonly name = "MalformedPayloadError";
}
