import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { openListener, PortUnavailableError, type Listener, type ListenOptions } from "./listen.ts";

const open: Listener[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close(0)));
});

async function listen(options: Partial<ListenOptions> = {}, answer = async () => "hello") {
  const listener = await openListener(
    (_, response) => void answer().then((text) => response.end(text)),
    { host: "127.0.0.1", port: 0, option: "--port", ...options },
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

describe("a slow client", () => {
  test.each([
    ["in its headers", "POST / HTTP/1.1\r\nhost: x\r\n"],
    ["in its body", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12"],
  ])("is cut off %s", async (_, beginning) => {
    const { port } = await listen({ requestTimeoutMs: 100 }, () => new Promise(() => {}));
    const socket = connect(port, "127.0.0.1");
    socket.resume();
    socket.write(beginning);
    await new Promise((resolve) => socket.once("close", resolve));
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
