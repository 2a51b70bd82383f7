// api-error.ts — an answer of the API that is not the one that was asked for.

import type { ErrorAnswer } from "@telemetry/dashboard/contract";

/** Status 0: nothing answered. 401: a token is needed. 503: the engine is starting; `retryAfterMs` says when to ask again. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    options?: ErrorOptions & { retryAfterMs?: number },
  ) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** Reads `{error: {message, code}}`; what is not ours becomes the status line. */
export async function readError(response: Response): Promise<ApiError> {
  const { status, statusText } = response;
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const options = Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {};
  const answer = (await response.json().catch(() => undefined)) as Partial<ErrorAnswer> | undefined;
  const { message, code } = answer?.error ?? {};
  return new ApiError(
    status,
    code ?? "unknown",
    message ?? `The dashboard answered ${status} ${statusText}`,
    options,
  );
}
