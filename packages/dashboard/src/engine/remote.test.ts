import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openClient, openEngine } from "./engine.ts";
import type { Engine, EngineState } from "./engine.ts";

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A port of this machine that leads to a Unix socket, as if ClickHouse listened there. */
async function openPort(
  socketPath: string,
  port = 0,
): Promise<{ port: number; close(): void; breakConnections(count: number): void }> {
  const sockets = new Set<Socket>();
  let toBreak = 0;
  const server = createServer((near) => {
    if (toBreak > 0) {
      toBreak--;
      near.destroy();
      return;
    }
    const far = connect(socketPath);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
    }
    near.pipe(far).pipe(near);
  });
  await listening(server.listen(port, "127.0.0.1"));
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  cleanups.push(close);
  const breakConnections = (count: number) => {
    toBreak = count;
    for (const socket of sockets) socket.destroy(); // the ones that are kept
  };
  return { port: (server.address() as AddressInfo).port, close, breakConnections };
}

async function listening(server: Server): Promise<void> {
  await new Promise((resolve) => server.once("listening", resolve));
}

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("Cannot go on: the condition did not hold within 10 s");
}

async function open(options: Parameters<typeof openEngine>[0]): Promise<Engine> {
  const engine = await openEngine(options);
  cleanups.push(() => engine.close());
  return engine;
}

describe("a ClickHouse by URL", () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "engine-remote-"));
  let embedded: Engine;
  let socketPath: string;
  beforeAll(async () => {
    embedded = await openEngine({ dataDirectory });
    await embedded.whenReady();
    socketPath = embedded.endpoint.socketPath ?? "";
  });
  afterAll(async () => {
    await embedded.close();
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  test("is ready when it answers, and takes the same statements", async () => {
    const { port } = await openPort(socketPath);
    const engine = await open({ url: `http://127.0.0.1:${port}` });
    expect(engine.state).toBe("starting");
    await engine.whenReady();
    expect(engine).toMatchObject({ state: "ready", endpoint: { database: "default" } });
    expect(engine.pid).toBeUndefined();
    expect(engine.status()).toMatchObject({ station: "engine", state: "ok" });
    const client = openClient(engine.endpoint);
    const answer = await client.query({ query: "SELECT 1 AS one", format: "JSONEachRow" });
    expect(await answer.json()).toEqual([{ one: 1 }]);
    await client.close();
  });

  test("is down while it does not answer, says so, and comes back", async () => {
    const first = await openPort(socketPath);
    const engine = await open({ url: `http://127.0.0.1:${first.port}` });
    await engine.whenReady();
    const states: EngineState[] = [];
    engine.onStateChange((state) => states.push(state));
    first.close();
    await until(() => states.includes("down"));
    expect(engine.status()).toMatchObject({ state: "down" });
    expect(engine.status().message).toMatch(
      /^Cannot reach ClickHouse at http:\/\/127\.0\.0\.1:\d+: .*; check the address, user and password of --clickhouse$/,
    );
    await openPort(socketPath, first.port);
    await until(() => states.includes("ready"));
    expect(states).toEqual(["down", "ready"]);
  });

  test("is not down for one answer that got lost", async () => {
    const { port, breakConnections } = await openPort(socketPath);
    const engine = await open({ url: `http://127.0.0.1:${port}` });
    await engine.whenReady();
    const states: EngineState[] = [];
    engine.onStateChange((state) => states.push(state));
    breakConnections(1);
    await until(() => (engine.status().counters["unanswered"] ?? 0) > 0);
    await until(() => (engine.status().counters["pings"] ?? 0) > 1);
    expect(states).toEqual([]);
  });

  test("takes user, password and database from the URL and shows none of them", async () => {
    const engine = await open({ url: "http://me:s%40cret@127.0.0.1:9/telemetry" });
    expect(engine.endpoint).toEqual({
      url: "http://127.0.0.1:9",
      username: "me",
      password: "s@cret",
      database: "telemetry",
    });
    await expect(engine.whenReady(100)).rejects.toThrow(
      "Cannot reach ClickHouse at http://127.0.0.1:9",
    );
    await until(() => engine.status().state === "down");
    expect(JSON.stringify(engine.status())).not.toContain("cret");
  });

  test("is given up when it is too old", async () => {
    const old = createHttpServer((request, response) => {
      request.resume();
      request.on("end", () => response.end('{"version":"24.8.4.13"}\n'));
    });
    await listening(old.listen(0, "127.0.0.1"));
    cleanups.push(() => void old.close());
    const { port } = old.address() as AddressInfo;
    const engine = await open({ url: `http://127.0.0.1:${port}` });
    await expect(engine.whenReady()).rejects.toThrow(
      `Cannot use ClickHouse at http://127.0.0.1:${port}: its version is 24.8.4.13, and 25.3 or newer is needed`,
    );
    expect(engine.state).toBe("down");
    old.closeAllConnections();
  });

  test.each(["localhost:8123", "clickhouse", "ftp://me:secret@host"])(
    "refuses %s, which is no URL of ClickHouse's",
    async (url) => {
      const refused = openEngine({ url });
      await expect(refused).rejects.toThrow(/^Cannot use ClickHouse ".*": it is not a URL such as/);
      await expect(refused).rejects.not.toThrow("secret");
    },
  );
});
