import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { decodeRequest } from "@telemetry/otlp";
import { openLive, type Live } from "../live/live.ts";
import { encodeRequest, spanOf, traceRequest } from "../store/testdata/requests.ts";
import { Station } from "../self/self.ts";
import { Access } from "./access.ts";
import { createApi, type ApiDeps } from "./api.ts";

interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

describe("GET /api/v1/live", () => {
  let live: Live;
  let server: Server;
  let url: string;
  const opened: AbortController[] = [];

  beforeEach(async () => {
    live = openLive({
      version: "1.2.3",
      pipeline: () => ({ version: "1.2.3", startTimeUnixNano: "0", stations: [], quarantine: [] }),
    });
    // Only these are asked here.
    const deps = {
      live,
      access: new Access({}),
      station: new Station("api"),
      tell: () => undefined,
    } as unknown as ApiDeps;
    const listener = getRequestListener(createApi(deps).fetch, { overrideGlobalObjects: false });
    server = createServer((request, response) => void listener(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/live`;
  });
  afterEach(() => {
    for (const leave of opened.splice(0)) leave.abort();
    live.close();
    server.close();
    server.closeAllConnections();
  });

  const publish = (first: number, count: number) => {
    const spans = Array.from({ length: count }, (_, index) => spanOf(first + index));
    const batch = decodeRequest("traces", "protobuf", encodeRequest("traces", traceRequest(spans)));
    live.publish(batch, Date.now());
  };

  /** Reads events one by one; `leave` cuts the connection. */
  async function open(query: string, headers: Record<string, string> = {}) {
    const leave = new AbortController();
    opened.push(leave);
    const response = await fetch(`${url}?${query}`, { signal: leave.signal, headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = "";
    const next = async (): Promise<StreamEvent> => {
      for (;;) {
        const end = text.indexOf("\n\n");
        if (end !== -1) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          if (!block.startsWith(":")) return parseEvent(block);
          continue;
        }
        const { value, done } = await reader.read();
        if (done) throw new Error("the stream has ended");
        text += decoder.decode(value, { stream: true });
      }
    };
    const nextOf = async (event: string): Promise<StreamEvent> => {
      for (;;) {
        const found = await next();
        if (found.event === event) return found;
      }
    };
    return { next, nextOf, leave: () => leave.abort() };
  }

  test("says hello, then what is there, then what comes", async () => {
    publish(1, 1);
    const stream = await open("topics=traces");

    expect(await stream.next()).toMatchObject({
      event: "hello",
      data: { version: "1.2.3", resumed: false },
    });
    expect(await stream.next()).toMatchObject({
      event: "traces",
      data: { snapshot: true, traces: [{ rootName: "span 1" }] },
    });
    publish(2, 1);
    expect(await stream.next()).toMatchObject({
      event: "traces",
      data: { snapshot: false, traces: [{ rootName: "span 2" }] },
    });
  });

  test("shows only what passes the filter", async () => {
    const stream = await open(`topics=traces&filter=${encodeURIComponent('name = "span 3"')}`);
    await stream.nextOf("traces");

    publish(1, 5);

    const { data } = await stream.nextOf("traces");
    expect(data).toMatchObject({ traces: [{ rootName: "span 3" }] });
    expect((data as { traces: unknown[] }).traces).toHaveLength(1);
  });

  test.each(["header", "parameter"])("goes on after the id of a %s", async (place) => {
    const first = await open("topics=traces");
    await first.nextOf("traces");
    publish(1, 1);
    const { id } = await first.nextOf("traces");
    first.leave();
    publish(2, 1);

    const again =
      place === "header"
        ? await open("topics=traces", { "last-event-id": id })
        : await open(`topics=traces&after=${id}`);

    expect(await again.next()).toMatchObject({ event: "hello", data: { resumed: true } });
    expect(await again.next()).toMatchObject({
      event: "traces",
      data: { traces: [{ rootName: "span 2" }] },
    });
  });

  test("leaves when the page does", async () => {
    const stream = await open("topics=overview");
    await stream.next();
    expect(live.status().counters.clients).toBe(1);

    stream.leave();

    await vi.waitFor(() => expect(live.status().counters.clients).toBe(0));
  });

  test("passes a page by that does not read, and tells it when it does again", async () => {
    const { port } = server.address() as AddressInfo;
    const socket = await openRaw(port, "/api/v1/live?topics=traces");
    socket.pause();
    // More than the buffers of both ends hold.
    await vi.waitFor(
      () => {
        publish(Math.floor(Math.random() * 2 ** 31), 500);
        const { counters } = live.status();
        expect(counters.frames_passed_slow_clients ?? 0).toBeGreaterThan(50);
      },
      { timeout: 40_000, interval: 60 },
    );

    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.resume();

    await vi.waitFor(() => expect(text).toContain("event: reset"), { timeout: 10_000 });
    expect(text).toContain('"reason":"slow"');
    socket.destroy();
  }, 60_000);

  test("tells all pages to ask again", async () => {
    const stream = await open("topics=overview");
    await stream.next();

    const pushed = await fetch(url.replace("/live", "/display"), { method: "POST" });

    expect(await pushed.json()).toMatchObject({ clients: 1 });
    expect(await stream.nextOf("display")).toMatchObject({ event: "display" });
  });

  test.each([
    ["topics=nothing", 400, "unknown_topic"],
    ["topics=traces&filter=a%20%3D", 400, "filter_syntax"],
    ["topics=traces&filter=duration%20%3E%205", 400, "filter_syntax"],
    ["topics=traces&topic=x", 400, "invalid_parameter"],
    [`topics=${Array.from({ length: 40 }, (_, index) => `metric:m${index}`).join(",")}`, 503, "too_many"], // prettier-ignore
  ])("refuses ?%.40s with %i %s", async (query, status, code) => {
    const response = await fetch(`${url}?${query}`);

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(live.status().counters.clients).toBe(0);
  });
});

async function openRaw(port: number, path: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  return socket;
}

function parseEvent(block: string): StreamEvent {
  const fields = Object.fromEntries(
    block.split("\n").map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  return {
    id: fields.id ?? "",
    event: fields.event ?? "",
    data: JSON.parse(fields.data ?? "null"),
  };
}
