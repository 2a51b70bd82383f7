// watcher.ts — asks the API all the time, as a page would, and writes down how each question was answered.

export interface Asked {
  readonly startedAtMs: number;
  readonly ms: number;
  /** 0 when there was nobody to answer. */
  readonly status: number;
  readonly hasRetryAfter: boolean;
  /** What an answer other than yes said. */
  readonly text: string;
}

/** Longer than this is "hangs". */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 20;

export class Watcher {
  readonly asked: Asked[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(url: string) {
    this.#running = this.#watch(new URL("/api/v1/services", url));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #watch(url: URL): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.asked.push(await ask(url));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** One question. Never throws. */
export async function ask(url: URL, init: RequestInit = {}): Promise<Asked> {
  const startedAtMs = performance.now();
  const done = (status: number, hasRetryAfter: boolean, text: string): Asked => ({
    startedAtMs,
    ms: performance.now() - startedAtMs,
    status,
    hasRetryAfter,
    text,
  });
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    const text = (await response.text()).slice(0, 200);
    const { status, ok, headers } = response;
    return done(status, headers.has("retry-after"), ok ? "" : text);
  } catch (error) {
    return done(0, false, String(error));
  }
}
