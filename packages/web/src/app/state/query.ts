// query.ts — a question to the API as a hook: asked again when it changes, when told to, and every so often.

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../core/api/api.ts";
import { askAgain, isOutage, noteFailure, noteSuccess } from "./session.ts";

export interface Answer<T> {
  /** The last answer to this question; of the previous one while `isLoading`. */
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly isLoading: boolean;
  /** Milliseconds the last answer took. */
  readonly tookMs: number | undefined;
}

interface QueryOptions {
  /** Asks again after this long while the page is in sight. */
  readonly refreshMs?: number;
  readonly isEnabled?: boolean;
}

const RETRY_MS = 2_000;

/** `key` tells questions apart: the same key is the same question. */
export function useQuery<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<T>,
  options: QueryOptions = {},
): Answer<T> {
  const { refreshMs, isEnabled = true } = options;
  const [answer, setAnswer] = useState<Answer<T>>({
    data: undefined,
    error: undefined,
    isLoading: isEnabled,
    tookMs: undefined,
  });
  const latest = useRef(ask);
  latest.current = ask;
  const round = askAgain.value;

  useEffect(() => {
    if (!isEnabled) return;
    const closed = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    setAnswer((known) => ({ ...known, isLoading: true }));
    const run = async (): Promise<void> => {
      const startedMs = performance.now();
      try {
        const data = await latest.current(closed.signal);
        if (closed.signal.aborted) return;
        noteSuccess();
        setAnswer({
          data,
          error: undefined,
          isLoading: false,
          tookMs: performance.now() - startedMs,
        });
        if (refreshMs !== undefined) timer = setTimeout(refresh, refreshMs);
      } catch (cause) {
        if (closed.signal.aborted) return;
        const error =
          cause instanceof ApiError ? cause : new ApiError(0, "unknown", String(cause), { cause });
        noteFailure(error);
        if (isTemporary(error)) timer = setTimeout(refresh, error.retryAfterMs ?? RETRY_MS);
        // Of an outage the banner says why there is no answer yet, and the page goes on waiting for it.
        if (!isOutage(error)) setAnswer((known) => ({ ...known, error, isLoading: false }));
      }
    };
    const refresh = (): void => {
      if (document.hidden) timer = setTimeout(refresh, RETRY_MS);
      else void run();
    };
    void run();
    return () => {
      closed.abort();
      clearTimeout(timer);
    };
  }, [key, round, isEnabled, refreshMs]);
  return answer;
}

function isTemporary(error: ApiError): boolean {
  return error.status === 0 || error.status === 503 || error.status === 429;
}
