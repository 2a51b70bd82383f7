// malformed-payload-error.ts — the one error of the decoder.

export interface MalformedPayloadErrorOptions extends ErrorOptions {
  /** Path of the field that is wrong: `resourceSpans[0].scopeSpans` in JSON, `resource_spans[0]` in protobuf. */
  readonly field?: string;
}

/**
 * The request is no valid protobuf or JSON of its signal. Nothing of it can be used; the sender must not retry
 * (OTLP/HTTP 400, gRPC INVALID_ARGUMENT). The message names the field and the byte.
 */
export class MalformedPayloadError extends SyntaxError {
  override readonly name = "MalformedPayloadError";
  /** Empty where the request is wrong as a whole. */
  readonly field: string;

  constructor(message: string, { field = "", ...options }: MalformedPayloadErrorOptions = {}) {
    super(message, options);
    this.field = field;
  }
}
