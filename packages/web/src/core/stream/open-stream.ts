// open-stream.ts — keeps one connection to `/api/v1/live` open, and resumes it where it broke.

import { EventStreamParser } from "./event-stream.ts";
import type { StreamEvent } from "./event-stream.ts";
import type { LiveStatus } from "./messages.ts";

export interface StreamRequest {
  readonly topics: readonly string[];
  readonly filter: string;
  /** Resume behind this event. */
  readonly afterId?: string;
}

export interface StreamHandlers {
  onEvent(event: StreamEvent): void;
  onStatus(status: LiveStatus): void;
}

/** Opens a stream; the function it returns closes it. */
export type OpenStream = (request: StreamRequest, handlers: StreamHandlers) => () => void;

export interface StreamEnvironment {
  readonly fetch: typeof fetch;
  /** 0 … 1, spreads the reconnects of many pages. */
  readonly random?: () => number;
  /** Silence after which the connection counts as dead; the server sends heartbeats more often. */
  readonly silenceMsMax?: number;
  /** The wait before the first retry; it doubles up to 5 s. */
  readonly retryMs?: number;
}

const RETRY_MS_MAX = 5_000;

/** Makes streams that reconnect on their own until they are closed. */
export function openStream(environment: StreamEnvironment): OpenStream {
  return (request, handlers) => {
    const closed = new AbortController();
    void keepOpen(environment, request, handlers, closed.signal);
    return () => closed.abort();
  };
}

async function keepOpen(
  environment: StreamEnvironment,
  request: StreamRequest,
  handlers: StreamHandlers,
  closed: AbortSignal,
): Promise<void> {
  const { random = Math.random, retryMs = 250 } = environment;
  let afterId = request.afterId ?? "";
  let attempt = 0;
  const onEvent = (event: StreamEvent): void => {
    if (attempt > 0 || event.event === "hello") handlers.onStatus({ state: "live" });
    attempt = 0;
    if (event.id !== "") afterId = event.id;
    handlers.onEvent(event);
  };
  handlers.onStatus({ state: "connecting" });
  while (!closed.aborted) {
    const end = await readOnce(environment, { ...request, afterId }, onEvent, closed);
    if (closed.aborted) return;
    attempt++;
    const delayMs = Math.min(RETRY_MS_MAX, retryMs * 2 ** (attempt - 1)) * (0.75 + random() / 2);
    handlers.onStatus({ state: end, attempt });
    await wait(delayMs, closed);
  }
}

/** Reads until the connection ends, and says what the page should show meanwhile. */
async function readOnce(
  environment: StreamEnvironment,
  request: StreamRequest,
  onEvent: (event: StreamEvent) => void,
  closed: AbortSignal,
): Promise<"reconnecting" | "unauthorized"> {
  const { silenceMsMax = 30_000 } = environment;
  const silent = new AbortController();
  let timer = setTimeout(() => silent.abort(), silenceMsMax);
  try {
    const response = await environment.fetch(addressOf(request), {
      headers: { accept: "text/event-stream" },
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.any([closed, silent.signal]),
    });
    if (response.status === 401 || response.status === 403) return "unauthorized";
    if (!response.ok || response.body === null) return "reconnecting";
    const parser = new EventStreamParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), silenceMsMax);
      for (const event of parser.feed(piece.value)) onEvent(event);
    }
    return "reconnecting";
  } catch {
    return "reconnecting"; // refused, cut or silent: the status says so, and the next attempt follows
  } finally {
    clearTimeout(timer);
  }
}

function addressOf(request: StreamRequest): string {
  const query = new URLSearchParams({ topics: request.topics.join(",") });
  if (request.filter !== "") query.set("filter", request.filter);
  if (request.afterId !== undefined && request.afterId !== "") query.set("after", request.afterId);
  return `/api/v1/live?${query}`;
}

function wait(ms: number, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    closed.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
