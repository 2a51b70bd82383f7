// door-limits.test.ts — a door with one session of each kind and little room: who waits, who is refused, and that
// closing does not wait for ever.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  brotliCompressSync,
  brotliDecompressSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Session } from "chdb";
import { openClient } from "../engine.ts";
import type { ClickHouseClient } from "../engine.ts";
import { engineLimits } from "../engine-config.ts";
import { openDoor } from "./door.ts";
import type { Door } from "./door.ts";

const ENDLESS = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1";
const directory = mkdtempSync(join(tmpdir(), "engine-limits-"));
const socketPath = join(directory, "engine.sock");
let door: Door;
let client: ClickHouseClient;

beforeAll(async () => {
  door = await openDoor({
    openSession: () => new Session(join(directory, "clickhouse")),
    socketPath,
    incomingDirectory: join(directory, "incoming"),
    limits: {
      ...engineLimits(),
      querySessions: 1,
      insertSessions: 1,
      readerSessions: 1,
      waitingMax: 1,
      bodyBytesMax: 10_000,
    },
  });
  client = openClient({ url: "http://localhost", socketPath, database: "default" });
  await client.command({ query: "CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a" });
});
afterAll(async () => {
  await client.close();
  await door.close();
  rmSync(directory, { recursive: true, force: true });
});

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("Cannot go on: the condition did not hold within 5 s");
}

interface HttpAnswer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Buffer;
}

function post(path: string, body: Uint8Array | string, headers: Record<string, string> = {}) {
  return new Promise<HttpAnswer>((resolve, reject) => {
    const asked = request({ socketPath, path, method: "POST", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks) });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

test("requests wait in turn, one too many is refused at once, and who leaves loses the place", async () => {
  const first = new AbortController();
  const second = new AbortController();
  const running = client.query({ query: ENDLESS, abort_signal: first.signal }).catch(String);
  await until(() => door.counters().busy === 1);
  const waiting = client.query({ query: "SELECT 2", abort_signal: second.signal }).catch(String);
  await until(() => door.counters().waiting === 1);
  const refused = await post("/", "SELECT 3");
  expect(refused).toMatchObject({
    status: 503,
    headers: { "retry-after": "1", "x-clickhouse-exception-code": "202" },
  });
  expect(door.counters()).toMatchObject({ refused: 1 });
  second.abort();
  expect(await waiting).toContain("aborted");
  await until(() => door.counters().waiting === 0);
  const third = client.query({ query: "SELECT 3 AS three", format: "JSONEachRow" });
  await until(() => door.counters().waiting === 1);
  first.abort();
  expect(await running).toContain("aborted");
  expect(await (await third).json()).toEqual([{ three: 3 }]);
  expect(door.counters().killed).toBe(1);
});

test("an insert that is too long is refused, and its file is gone", async () => {
  const path = `/?query=${encodeURIComponent("INSERT INTO t FORMAT TabSeparated")}`;
  expect((await post(path, "x".repeat(20_000))).status).toBe(413);
  await until(() => readdirSync(join(directory, "incoming")).length === 0);
  expect((await post(path, "x\n")).status).toBe(200);
});

test("answers and bodies may be compressed in each way that HTTP clients know", async () => {
  const ways = {
    br: [brotliCompressSync, brotliDecompressSync],
    zstd: [zstdCompressSync, zstdDecompressSync],
  } as const;
  for (const [encoding, [compress, inflate]] of Object.entries(ways)) {
    const headers = { "Content-Encoding": encoding, "Accept-Encoding": encoding };
    const answer = await post(
      "/?enable_http_compression=1",
      compress("SELECT 'it is here'"),
      headers,
    );
    expect(answer.headers["content-encoding"]).toBe(encoding);
    expect(inflate(answer.body).toString()).toBe("it is here\n");
    const path = `/?query=${encodeURIComponent("INSERT INTO t FORMAT TabSeparated")}`;
    expect((await post(path, compress(`${encoding}\n`), headers)).status).toBe(200);
  }
  expect(
    (await post("/", gzipSync("SELECT 1"), { "Content-Encoding": "gzip" })).body.toString(),
  ).toBe("1\n");
  expect((await post("/", "SELECT 1", { "Content-Encoding": "identity" })).body.toString()).toBe(
    "1\n",
  );
  const result = await client.query({
    query: "SELECT a FROM t ORDER BY a",
    format: "TabSeparated",
  });
  expect(await result.text()).toBe("br\nx\nzstd\n");
});

test("a body that is not what its encoding says is an error of the sender's", async () => {
  expect(
    (await post("/", "no gzip", { "Content-Encoding": "gzip" })).status,
  ).toBeGreaterThanOrEqual(400);
  const path = `/?query=${encodeURIComponent("INSERT INTO t FORMAT TabSeparated")}`;
  expect((await post(path, "x", { "Content-Encoding": "rot13" })).status).toBe(501);
  expect((await post("/?param_a%20b=1", "SELECT 1")).status).toBe(400);
  expect((await post("/?a%20b=1", "SELECT 1")).status).toBe(400);
});

test("closing ends what still runs", async () => {
  const running = client.query({ query: ENDLESS }).then(() => "answered", String);
  await until(() => door.counters().busy === 1);
  const before = performance.now();
  await door.close();
  expect(performance.now() - before).toBeLessThan(6_000);
  expect(await running).not.toBe("answered");
});
