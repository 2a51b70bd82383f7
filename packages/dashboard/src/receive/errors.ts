// errors.ts — why a request is not taken, by what its sender should do about it. outcome.ts gives each its status.

/** A request is larger than the receiver takes. The sender must not repeat it. */
export class PayloadTooLargeError extends RangeError {
  override readonly name = "PayloadTooLargeError";
}

/** Not now: the sender keeps the request and repeats it after `retryAfterSeconds`. */
export class UnavailableError extends Error {
  override readonly name: string = "UnavailableError";
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Not now, because this sender sends more than it may. Others go on. */
export class RateLimitedError extends UnavailableError {
  override readonly name = "RateLimitedError";
}

/** The visitor may not send here. */
export class AccessDeniedError extends Error {
  override readonly name = "AccessDeniedError";
  readonly status: 401 | 403;

  constructor(refusal: { readonly status: 401 | 403; readonly message: string }) {
    super(refusal.message);
    this.status = refusal.status;
  }
}

/** What the sender asks is not what the door is for. `headers` say what is. */
export class WrongRequestError extends TypeError {
  override readonly name = "WrongRequestError";
  readonly status: 404 | 405 | 415;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: 404 | 405 | 415, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** The sender went away before its request was here. Nobody hears an answer. */
export class SenderGoneError extends Error {
  override readonly name = "SenderGoneError";
}
