// A process with nothing left to do ends, whatever its gRPC receiver does (12, 83). In real processes, because what keeps
// one alive is Node's own business. A call may take a minute here; only the flush at the end, 2 s, is waited for.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openGrpcReceiver } from "../../testdata/grpc-receiver.ts";

const app = resolve(import.meta.dirname, "../../../testdata/apps/end.mjs");
const CALL_TIMEOUT_MS = 60_000;

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function runApp(endpoint: string): Promise<{ code: number | null; lastedMs: number }> {
  const startMs = performance.now();
  const child = spawn(process.execPath, ["--conditions=@telemetry/source", app, "drain"], {
    stdio: "ignore",
    timeout: CALL_TIMEOUT_MS / 2,
    env: {
      PATH: process.env["PATH"],
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_TIMEOUT: String(CALL_TIMEOUT_MS),
      OTEL_METRICS_EXPORTER: "none",
    },
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, lastedMs: performance.now() - startMs };
}

/** Takes connections and says nothing. */
async function openSilence(): Promise<{ server: Server; port: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on("error", () => {}).resume()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port, sockets };
}

describe("a process that exports by gRPC", () => {
  test("ends at once after its records have arrived: a kept connection does not hold it", async () => {
    const receiver = await openGrpcReceiver();
    open.push(() => receiver.close());
    const { code, lastedMs } = await runApp(`http://${receiver.address}`);
    expect(code).toBe(0);
    expect(receiver.collected.spans.map(({ name }) => name)).toEqual(["first", "last"]);
    expect(lastedMs).toBeLessThan(CALL_TIMEOUT_MS / 4);
  });

  test("ends while a call hangs", async () => {
    const receiver = await openGrpcReceiver();
    open.push(() => receiver.close());
    receiver.answer = () => ({ hang: true });
    const { code, lastedMs } = await runApp(`http://${receiver.address}`);
    expect(code).toBe(0);
    expect(receiver.requests.length).toBeGreaterThan(0);
    expect(lastedMs).toBeLessThan(CALL_TIMEOUT_MS / 4);
  });

  test.each(["http", "https"])(
    "ends while %s waits for a server that is silent",
    async (scheme) => {
      const { port, sockets } = await openSilence();
      const { code, lastedMs } = await runApp(`${scheme}://127.0.0.1:${port}`);
      expect(code).toBe(0);
      expect(sockets.length).toBeGreaterThan(0);
      expect(lastedMs).toBeLessThan(CALL_TIMEOUT_MS / 4);
    },
  );
});
