import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { ApiError, createApi } from "./api.ts";

let server: Server | undefined;
const requests: { method: string; url: string; body: string }[] = [];

/** A server with one answer, and the API against it. */
async function apiAnswering(
  answer: (response: ServerResponse) => void,
): Promise<ReturnType<typeof createApi>> {
  requests.length = 0;
  server = createServer((request: IncomingMessage, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      requests.push({ method: request.method!, url: request.url!, body });
      answer(response);
    });
  });
  await new Promise<void>((listening) => server!.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as { port: number };
  return createApi((path, init) =>
    fetch(new URL(path as string, `http://127.0.0.1:${port}`), init),
  );
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const json =
  (value: unknown, status = 200) =>
  (response: ServerResponse) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  };

const range = { fromMs: 1_000, toMs: 2_000 };

describe("questions", () => {
  test("carry the range in nanoseconds, and leave out what is not asked", async () => {
    const api = await apiAnswering(json({}));
    await api.traces({ range, filter: "", limit: 50, order: "slowest" });
    await api.logs({ range, filter: "a = 1", limit: 5, cursor: "next" });
    await api.metric({ name: "m", aggregate: undefined, groupBy: [], range, stepMs: 5_000 });
    await api.metric({
      name: "m",
      aggregate: "p95",
      groupBy: ["a", "b"],
      range,
      stepMs: 100,
      filter: "x = 1",
    });
    await api.metrics(range);
    await api.services(range);
    await api.facetKeys(range, "logs");
    await api.facetValues(range, "traces", "http.route");
    expect(requests.map(({ url }) => decodeURIComponent(url))).toEqual([
      "/api/v1/traces?from=1000000000&to=2000000000&limit=50&order=duration",
      "/api/v1/logs?from=1000000000&to=2000000000&filter=a+=+1&limit=5&cursor=next",
      "/api/v1/metrics/query?name=m&step=5s&from=1000000000&to=2000000000",
      "/api/v1/metrics/query?name=m&aggregate=p95&groupBy=a,b&step=1s&filter=x+=+1&from=1000000000&to=2000000000",
      "/api/v1/metrics?from=1000000000&to=2000000000",
      "/api/v1/services?from=1000000000&to=2000000000",
      "/api/v1/facets?from=1000000000&to=2000000000&signal=logs",
      "/api/v1/facets?from=1000000000&to=2000000000&signal=traces&key=http.route",
    ]);
  });

  test("that need no range need none", async () => {
    const api = await apiAnswering(json({ views: [] }));
    await api.health();
    await api.trace("abc");
    await api.views();
    await api.pipeline();
    await api.removeView("a/b");
    await api.signIn("secret");
    expect(requests).toEqual([
      { method: "GET", url: "/health", body: "" },
      { method: "GET", url: "/api/v1/traces/abc", body: "" },
      { method: "GET", url: "/api/v1/views", body: "" },
      { method: "GET", url: "/api/v1/pipeline", body: "" },
      { method: "DELETE", url: "/api/v1/views/a%2Fb", body: "" },
      { method: "POST", url: "/api/v1/session", body: '{"token":"secret"}' },
    ]);
  });
});

describe("errors", () => {
  test("say what the API said", async () => {
    const api = await apiAnswering(
      json({ error: { code: "filter_syntax", message: "a value is expected" } }, 400),
    );
    await expect(api.services(range)).rejects.toMatchObject({
      name: "ApiError",
      status: 400,
      code: "filter_syntax",
      message: "a value is expected",
      retryAfterMs: undefined,
    });
  });

  test("say when to ask again", async () => {
    const api = await apiAnswering((response) =>
      response.writeHead(503, { "retry-after": "2" }).end("busy"),
    );
    await expect(api.pipeline()).rejects.toMatchObject({
      status: 503,
      code: "unknown",
      retryAfterMs: 2_000,
    });
  });

  test("of a dashboard that is gone have status 0", async () => {
    const api = createApi(() => Promise.reject(new TypeError("fetch failed")));
    await expect(api.health()).rejects.toSatisfy(
      (error) => error instanceof ApiError && error.status === 0,
    );
  });

  test("an aborted question is no failure of the dashboard", async () => {
    const api = await apiAnswering(() => {});
    const asked = new AbortController();
    const answer = api.health(asked.signal);
    asked.abort(new Error("gone"));
    await expect(answer).rejects.toThrow("gone");
  });
});
