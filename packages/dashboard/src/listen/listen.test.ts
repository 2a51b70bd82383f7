import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Station } from "../self/self.ts";
import {
  Connections,
  openListener,
  PortUnavailableError,
  type Listener,
  type ListenOptions,
} from "./listen.ts";

const open: Listener[] = [];
let station: Station;
let connections: Connections;

beforeEach(() => {
  station = new Station("receive");
  connections = new Connections(station, 100);
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close(0)));
});

async function listen(options: Partial<ListenOptions> = {}, answer = async () => "hello") {
  const listener = await openListener(
    (_, response) => void answer().then((text) => response.end(text)),
    { host: "127.0.0.1", port: 0, option: "--port", connections, ...options },
  );
  open.push(listener);
  return listener;
}

describe("openListener", () => {
  test("port 0 is any free one", async () => {
    const { port, movedFrom } = await listen();
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("hello");
    expect(movedFrom).toBeUndefined();
  });

  test("a taken port is an error that names the option", async () => {
    const { port } = await listen();
    const refusal = await listen({ port }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(PortUnavailableError);
    expect(refusal).toMatchObject({
      code: "EADDRINUSE",
      message: `Cannot listen on 127.0.0.1:${port}: the port is in use by another program; choose another with --port`,
    });
  });

  test("a taken default port is replaced by a free one", async () => {
    const { port } = await listen();
    const moved = await listen({ port, mayMove: true });
    expect(moved.movedFrom).toBe(port);
    expect(moved.port).not.toBe(port);
  });

  test("an address of another machine is an error, also where the port may move", async () => {
    await expect(listen({ host: "192.0.2.1", mayMove: true })).rejects.toThrow(
      "Cannot listen on 192.0.2.1:0: this machine does not have that address",
    );
  });
});

/** What comes until the other side closes. */
async function textOf(socket: Socket): Promise<string> {
  let text = "";
  for await (const part of socket.setEncoding("latin1")) text += part;
  return text;
}

async function say(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(text);
  return textOf(socket);
}

describe("a client is cut off, told why and counted", () => {
  const never = () => new Promise<string>(() => {});

  test.each([
    ["that says nothing", ""],
    ["that is slow in its headers", "POST / HTTP/1.1\r\nhost: x\r\n"],
    ["that is slow in its body", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12"],
  ])("%s", async (_, beginning) => {
    const { port } = await listen({ requestTimeoutMs: 100 }, never);
    expect(await say(port, beginning)).toBe(
      "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: 42\r\n\r\nCannot read request: it arrives too slowly",
    );
    await expect.poll(() => station.status().counters["connections_slow"]).toBe(1);
  });

  test.each([
    ["whose headers are too large", `GET / HTTP/1.1\r\nx: ${"y".repeat(17_000)}\r\n\r\n`, "431"],
    ["that speaks no HTTP", "hello\r\n\r\n", "400"],
    [
      "that gives two lengths",
      "POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
      "400",
    ],
  ])("%s", async (_, text, status) => {
    const { port } = await listen();
    expect(await say(port, text)).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} .*\\r\\n\\r\\nCannot read request: `, "s"),
    );
    await expect.poll(() => station.status().counters["connections_malformed"]).toBe(1);
  });

  test("that takes nothing of its answer", async () => {
    const { port } = await listen({ silenceTimeoutMs: 100 }, async () => "x".repeat(50_000_000));
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n"); // and reads nothing
    await expect.poll(() => station.status().counters["connections_silent"]).toBe(1);
    socket.destroy();
  });

  test("that keeps its connection for nothing is let go, which is no matter", async () => {
    const { port } = await listen({ silenceTimeoutMs: 100 });
    expect(await say(port, "GET / HTTP/1.1\r\nhost: x\r\n\r\n")).toMatch(/hello$/);
    expect(station.status().counters).toMatchObject({ connections_silent: 0, connections_slow: 0 });
  });
});

describe("when there is no room", () => {
  test("the connection that waits longest is closed, and the new one answered", async () => {
    connections = new Connections(station, 3);
    const { port } = await listen();
    const idle = Array.from({ length: 3 }, () => connect(port, "127.0.0.1"));
    await expect.poll(() => connections.count).toBe(3);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("hello");
    expect(station.status().counters).toMatchObject({ connections_evicted: 1 });
    await expect
      .poll(() => idle.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length)
      .toBe(1);
    for (const socket of idle) socket.destroy();
    await expect.poll(() => connections.count).toBeLessThan(2);
  });

  test("and everybody is being answered, the new one is refused", async () => {
    connections = new Connections(station, 2);
    let finish = (): void => {};
    const answer = new Promise<string>((resolve) => (finish = () => resolve("late")));
    const { port } = await listen({}, () => answer);
    const waiting = [1, 2].map(() =>
      say(port, "GET / HTTP/1.1\r\nconnection: close\r\nhost: x\r\n\r\n"),
    );
    await expect.poll(() => connections.count).toBe(2);
    await delay(50);
    const refused = connect(port, "127.0.0.1");
    refused.on("error", () => {});
    await once(refused.resume(), "close");
    expect(station.status().counters).toMatchObject({
      connections_refused: 1,
      connections_evicted: 0,
    });
    finish();
    expect(await Promise.all(waiting)).toEqual([
      expect.stringMatching(/late$/),
      expect.stringMatching(/late$/),
    ]);
  });
});

describe("close", () => {
  test("lets an answer under way end, and takes no new connection", async () => {
    let finish = (): void => {};
    const answer = new Promise<string>((resolve) => (finish = () => resolve("late")));
    const { port, close } = await listen({}, () => answer);
    const pending = fetch(`http://127.0.0.1:${port}/`);
    await delay(50);
    const closed = close(5_000);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    finish();

    expect(await (await pending).text()).toBe("late");
    await closed;
  });

  test("cuts off what does not end", async () => {
    const { port, close } = await listen({}, () => new Promise(() => {}));
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await delay(50);
    const ended = new Promise((resolve) => socket.once("close", resolve));
    await close(10);
    await ended;
  });
});
