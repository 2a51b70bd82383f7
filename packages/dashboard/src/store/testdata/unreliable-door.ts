// unreliable-door.ts — a proxy before a real engine that fails on purpose: as a crash, a full memory or a closed
// door would look to the store. Everything it lets pass reaches ClickHouse unchanged.

import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClickHouseEndpoint } from "../../engine/engine.ts";

export interface UnreliableDoor {
  readonly endpoint: ClickHouseEndpoint;
  /** The bodies of inserts that came, passed on or not. */
  readonly inserts: Buffer[];
  /** Decides for each insert: pass it on, break the connection before or after, or answer with an error of ClickHouse. */
  decide: (body: Buffer) => "pass" | "break" | "lose the answer" | { code: number; message: string };
  close(): Promise<void>;
}

export async function openUnreliableDoor(engine: ClickHouseEndpoint): Promise<UnreliableDoor> {
  const server = createServer((incoming, answer) => void handle(incoming, answer));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const { socketPath, ...rest } = engine;
  const door: UnreliableDoor = {
    endpoint: { ...rest, url: `http://127.0.0.1:${port}` },
    inserts: [],
    decide: () => "pass",
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = Buffer.concat(await incoming.toArray());
    const isInsert = /INSERT/.test(decodeURIComponent(incoming.url ?? ""));
    if (isInsert) door.inserts.push(body);
    const decision = isInsert ? door.decide(body) : "pass";
    if (decision === "break") return void incoming.socket.destroy();
    if (decision !== "pass" && decision !== "lose the answer") {
      answer.writeHead(500, { "X-ClickHouse-Exception-Code": String(decision.code) });
      return void answer.end(`Code: ${decision.code}. DB::Exception: ${decision.message}`);
    }
    const { "transfer-encoding": _, ...headers } = incoming.headers;
    const passed = request(
      {
        ...(socketPath === undefined ? {} : { socketPath }),
        path: incoming.url,
        method: incoming.method,
        headers: { ...headers, "content-length": body.length },
      },
      (response) => {
        if (decision === "lose the answer") {
          response.resume().once("end", () => incoming.socket.destroy());
          return;
        }
        answer.writeHead(response.statusCode ?? 500, response.headers);
        response.pipe(answer);
      },
    );
    passed.end(body);
  }

  return door;
}
