import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { LiveEvent } from "@telemetry/dashboard/contract";
import { EventStreamParser, LiveClient, LiveHub, openStream } from "./stream.ts";
import type {
  LiveStatus,
  OpenStream,
  StreamEvent,
  StreamHandlers,
  StreamRequest,
} from "./stream.ts";

describe("EventStreamParser", () => {
  test("gives the same events however the stream is cut", () => {
    const stream =
      'id: 7\nevent: traces\ndata: {"a":1}\n\n: heartbeat\n\nid:8\r\ndata:one\r\ndata: two\r\n\r\nevent: none\n\n';
    const whole = new EventStreamParser().feed(stream);
    expect(whole).toEqual([
      { id: "7", event: "traces", data: '{"a":1}' },
      { id: "8", event: "message", data: "one\ntwo" },
    ]);
    const parser = new EventStreamParser();
    expect(stream.split("").flatMap((char) => parser.feed(char))).toEqual(whole);
  });

  test("an id stays until the next one, and fields without a colon or with a null are harmless", () => {
    const parser = new EventStreamParser();
    expect(parser.feed("id: 1\ndata\n\nid: a\0b\ndata: x\nretry: 5\n\n")).toEqual([
      { id: "1", event: "message", data: "" },
      { id: "1", event: "message", data: "x" },
    ]);
  });
});

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A live endpoint; every connection is handed to the test. */
async function liveServer(
  onConnect: (url: URL, response: ServerResponse) => void,
): Promise<typeof fetch> {
  server = createServer((request, response) =>
    onConnect(new URL(request.url!, "http://test"), response),
  );
  await new Promise<void>((listening) => server!.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as { port: number };
  return (path, init) => fetch(new URL(path as string, `http://127.0.0.1:${port}`), init);
}

const eventText = (id: number, event: string): string => `id: ${id}\nevent: ${event}\ndata: {}\n\n`;

describe("openStream", () => {
  test("resumes behind the last event after the connection broke, without gaps and doubles", async () => {
    const asked: string[] = [];
    const fetchLive = await liveServer((url, response) => {
      asked.push(url.search);
      const first = asked.length === 1 ? 1 : Number(url.searchParams.get("after")) + 1;
      response.write(eventText(first, "hello") + eventText(first + 1, "traces"));
      if (asked.length === 1) setTimeout(() => response.destroy(), 20);
    });
    const ids: string[] = [];
    const states: string[] = [];
    const close = openStream({ fetch: fetchLive, retryMs: 5, random: () => 0.5 })(
      { topics: ["traces", "logs"], filter: "a = 1" },
      { onEvent: (event) => ids.push(event.id), onStatus: ({ state }) => states.push(state) },
    );
    await vi.waitFor(() => expect(ids).toHaveLength(4));
    close();
    expect(ids).toEqual(["1", "2", "3", "4"]);
    expect(asked).toEqual([
      "?topics=traces%2Clogs&filter=a+%3D+1",
      "?topics=traces%2Clogs&filter=a+%3D+1&after=2",
    ]);
    expect(states).toEqual(["connecting", "live", "reconnecting", "live"]);
  });

  test("says when a token is wanted, and keeps asking", async () => {
    let isAllowed = false;
    const fetchLive = await liveServer((_, response) => {
      if (isAllowed) response.write(eventText(1, "hello"));
      else response.writeHead(401).end();
    });
    const statuses: LiveStatus[] = [];
    const close = openStream({ fetch: fetchLive, retryMs: 5 })(
      { topics: ["overview"], filter: "" },
      { onEvent: () => {}, onStatus: (status) => statuses.push(status) },
    );
    await vi.waitFor(() => expect(statuses).toContainEqual({ state: "unauthorized", attempt: 2 }));
    isAllowed = true;
    await vi.waitFor(() => expect(statuses.at(-1)).toEqual({ state: "live" }));
    close();
  });

  test("gives up a connection that says nothing", async () => {
    let connections = 0;
    const fetchLive = await liveServer((_, response) => {
      connections++;
      response.flushHeaders();
    });
    const close = openStream({ fetch: fetchLive, retryMs: 5, silenceMsMax: 30 })(
      { topics: ["overview"], filter: "" },
      { onEvent: () => {}, onStatus: () => {} },
    );
    await vi.waitFor(() => expect(connections).toBeGreaterThan(1));
    close();
  });

  test("survives an answer that is an error or no answer at all", async () => {
    const states: string[] = [];
    const close = openStream({ fetch: () => Promise.reject(new TypeError("refused")), retryMs: 1 })(
      { topics: ["overview"], filter: "" },
      { onEvent: () => {}, onStatus: ({ state }) => states.push(state) },
    );
    await vi.waitFor(() =>
      expect(states.filter((state) => state === "reconnecting").length).toBeGreaterThan(1),
    );
    close();
    const fetchLive = await liveServer((_, response) => response.writeHead(503).end());
    const closeSecond = openStream({ fetch: fetchLive, retryMs: 1 })(
      { topics: ["overview"], filter: "" },
      { onEvent: () => {}, onStatus: ({ state }) => states.push(state) },
    );
    await vi.waitFor(() => expect(states.at(-1)).toBe("reconnecting"));
    closeSecond();
  });
});

/** Streams that are only noted; a test speaks through their handlers. */
function recordedStreams() {
  const opened: { request: StreamRequest; handlers: StreamHandlers; isClosed: boolean }[] = [];
  const open: OpenStream = (request, handlers) => {
    const stream = { request, handlers, isClosed: false };
    opened.push(stream);
    return () => (stream.isClosed = true);
  };
  const isOpen = () => opened.filter((stream) => !stream.isClosed);
  return { opened, open, isOpen };
}

function tab(hub: LiveHub) {
  const heard: unknown[] = [];
  const port = {
    postMessage: (message: unknown) => heard.push(message),
    onmessage: null as ((event: { data: unknown }) => void) | null,
  };
  hub.connect(port);
  const say = (data: unknown): void => port.onmessage!({ data });
  return { heard, say };
}

const event = (name: string, id = "1"): StreamEvent => ({ id, event: name, data: "{}" });

describe("LiveHub", () => {
  test("carries the topics of all tabs of a filter in one stream, and tells each what it wants", () => {
    const streams = recordedStreams();
    const hub = new LiveHub(streams.open);
    const [first, second] = [tab(hub), tab(hub)];
    first.say({ type: "subscribe", topics: ["overview"], filter: "" });
    second.say({ type: "subscribe", topics: ["traces", "trace:abc"], filter: "" });
    const [{ request, handlers }] = streams.isOpen() as [(typeof streams.opened)[number]];
    expect(streams.isOpen()).toHaveLength(1);
    expect(request).toEqual({ topics: ["overview", "trace:abc", "traces"], filter: "" });
    for (const name of ["hello", "overview", "traces", "trace", "metrics"])
      handlers.onEvent(event(name));
    const names = (one: ReturnType<typeof tab>) =>
      one.heard.map((message) => (message as { event: StreamEvent }).event.event);
    expect(names(first)).toEqual(["hello", "overview"]);
    expect(names(second)).toEqual(["hello", "traces", "trace"]);
  });

  test("a tab that leaves narrows the stream, which resumes; the last one closes it", () => {
    const streams = recordedStreams();
    const hub = new LiveHub(streams.open);
    const [first, second] = [tab(hub), tab(hub)];
    first.say({ type: "subscribe", topics: ["overview"], filter: "" });
    second.say({ type: "subscribe", topics: ["logs"], filter: "" });
    streams.isOpen()[0]!.handlers.onEvent(event("logs", "42"));
    second.say({ type: "leave" });
    expect(streams.isOpen().map(({ request }) => request)).toEqual([
      { topics: ["overview"], filter: "", afterId: "42" },
    ]);
    first.say({ type: "leave" });
    first.say({ type: "leave" });
    expect(hub.streamCount).toBe(0);
    expect(streams.isOpen()).toEqual([]);
  });

  test("tabs with other filters have other streams, at most four", () => {
    const streams = recordedStreams();
    const hub = new LiveHub(streams.open);
    const tabs = ["a", "b", "c", "d", "e"].map((filter) => {
      const one = tab(hub);
      one.say({ type: "subscribe", topics: ["traces"], filter });
      return one;
    });
    expect(streams.isOpen().map(({ request }) => request.filter)).toEqual(["b", "c", "d", "e"]);
    expect(tabs[0]!.heard.at(-1)).toEqual({
      type: "status",
      status: { state: "reconnecting", attempt: 1 },
    });
    tabs[4]!.say({ type: "subscribe", topics: ["traces"], filter: "b" });
    expect(
      streams
        .isOpen()
        .map(({ request }) => request.filter)
        .toSorted(),
    ).toEqual(["b", "c", "d"]);
  });

  test("a tab that comes back resumes where it was, and may ask to connect now", () => {
    const streams = recordedStreams();
    const hub = new LiveHub(streams.open);
    const one = tab(hub);
    one.say({ type: "retry" });
    one.say({ type: "subscribe", topics: ["logs"], filter: "", afterId: "9" });
    expect(streams.isOpen()[0]!.request.afterId).toBe("9");
    streams.isOpen()[0]!.handlers.onStatus({ state: "live" });
    expect(one.heard).toEqual([{ type: "status", status: { state: "live" } }]);
    one.say({ type: "retry" });
    expect(streams.opened).toHaveLength(2);
    expect(streams.isOpen()[0]!.request).toEqual({ topics: ["logs"], filter: "" });
  });

  test("a tab that is silent for long is gone", () => {
    const streams = recordedStreams();
    let nowMs = 0;
    const hub = new LiveHub(streams.open, () => nowMs);
    const [gone, kept] = [tab(hub), tab(hub)];
    gone.say({ type: "subscribe", topics: ["logs"], filter: "" });
    kept.say({ type: "subscribe", topics: ["overview"], filter: "" });
    for (nowMs = 60_000; nowMs <= 240_000; nowMs += 60_000) kept.say({ type: "alive" });
    expect(streams.isOpen().map(({ request }) => request.topics)).toEqual([["overview"]]);
  });
});

describe("LiveClient", () => {
  function client() {
    const sent: unknown[] = [];
    const frames: (() => void)[] = [];
    const batches: (readonly LiveEvent[])[] = [];
    const statuses: LiveStatus[] = [];
    const port = {
      postMessage: (message: unknown) => sent.push(message),
      onmessage: null as ((event: { data: unknown }) => void) | null,
    };
    const live = new LiveClient({
      port: port,
      schedule: (callback) => frames.push(callback),
      onEvents: (events) => batches.push(events),
      onStatus: (status) => statuses.push(status),
    });
    const hear = (message: unknown): void => port.onmessage!({ data: message });
    return { live, sent, frames, batches, statuses, hear };
  }

  test("hands events over once per frame, parsed", () => {
    const { hear, frames, batches, statuses } = client();
    hear({ type: "status", status: { state: "live" } });
    hear({ type: "event", event: { id: "1", event: "display", data: '{"timeUnixNano":"1"}' } });
    hear({ type: "event", event: { id: "", event: "display", data: '{"timeUnixNano":"2"}' } });
    expect([frames.length, batches.length]).toEqual([1, 0]);
    frames[0]!();
    expect(batches).toEqual([
      [
        { type: "display", data: { timeUnixNano: "1" } },
        { type: "display", data: { timeUnixNano: "2" } },
      ],
    ]);
    expect(statuses).toEqual([{ state: "live" }]);
  });

  test("asks only for what changed, and resumes where it stopped", () => {
    const { live, sent, hear } = client();
    live.resume();
    live.subscribe(["logs"], "");
    live.subscribe(["logs"], "");
    hear({ type: "event", event: { id: "5", event: "logs", data: "{}" } });
    live.leave();
    live.resume();
    live.stayAlive();
    live.subscribe(["traces"], "");
    live.resume();
    expect(sent).toEqual([
      { type: "subscribe", topics: ["logs"], filter: "" },
      { type: "leave" },
      { type: "subscribe", topics: ["logs"], filter: "", afterId: "5" },
      { type: "alive" },
      { type: "subscribe", topics: ["traces"], filter: "" },
      { type: "subscribe", topics: ["traces"], filter: "" },
    ]);
  });

  test("gives up what a stuck page never drew, counts it, and asks for snapshots", () => {
    const { live, sent, hear, frames, batches } = client();
    for (let id = 1; id <= 2_001; id++)
      hear({ type: "event", event: { id: String(id), event: "display", data: "{}" } });
    expect(live.droppedCount).toBe(2_000);
    expect(sent).toEqual([{ type: "retry" }]);
    frames[0]!();
    expect(batches[0]).toHaveLength(1);
  });
});
