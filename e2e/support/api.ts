// api.ts — asks a running dashboard, as a script of a user would.

import type {
  LogList,
  TraceDetail,
  TraceList,
} from "../../packages/dashboard/src/contract/contract.ts";

/** GET `path` as JSON. Throws with the answer's own sentence when it is not 200. */
export async function get<Answer>(url: string, path: string): Promise<Answer> {
  const response = await fetch(new URL(path, url));
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot GET "${path}": ${response.status} ${text}`);
  return JSON.parse(text) as Answer;
}

export const getTraces = (url: string, query = ""): Promise<TraceList> =>
  get(url, `/api/v1/traces${query}`);

export const getTrace = (url: string, traceId: string): Promise<TraceDetail> =>
  get(url, `/api/v1/traces/${traceId}`);

export const getLogs = (url: string, query = ""): Promise<LogList> =>
  get(url, `/api/v1/logs${query}`);

/** Asks again until `read` gives something; the last failure is the error. */
export async function until<T>(
  what: string,
  read: () => Promise<T | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  let cause: unknown;
  while (performance.now() < deadlineMs) {
    try {
      const value = await read();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Cannot see ${what}: not within ${timeoutMs} ms`, { cause });
}
