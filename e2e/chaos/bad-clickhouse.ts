// bad-clickhouse.ts — a proxy between a dashboard and a ClickHouse by URL that makes it look bad: it refuses, breaks
// connections, loses answers or cuts them off, or keeps everybody waiting. What it lets pass is unchanged.

import { createServer, request } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClickHouseEndpoint } from "../../packages/dashboard/src/engine/engine.ts";

/** What happens to a statement. */
export type Mood =
  | { readonly kind: "good" }
  /** To inserts only: ClickHouse says this, and does nothing. */
  | { readonly kind: "refuse inserts"; readonly code: number; readonly name: string }
  /** Before anything is done. */
  | { readonly kind: "break connections" }
  /** Of inserts, after all is done. */
  | { readonly kind: "lose answers" }
  /** Of everything, in the middle, after all is done. */
  | { readonly kind: "cut answers" }
  /** Until the mood is good again. */
  | { readonly kind: "hang" };

/** Errors of ClickHouse after which an insert has to be tried again. */
export const REFUSALS = [
  { code: 241, name: "MEMORY_LIMIT_EXCEEDED", text: "(total) memory limit exceeded" },
  { code: 252, name: "TOO_MANY_PARTS", text: "Too many parts (300). Merges are processing slower" },
  { code: 202, name: "TOO_MANY_SIMULTANEOUS_QUERIES", text: "Too many simultaneous queries" },
  { code: 159, name: "TIMEOUT_EXCEEDED", text: "Timeout exceeded: elapsed 30 seconds" },
  { code: 209, name: "SOCKET_TIMEOUT", text: "Timeout exceeded while reading from socket" },
  { code: 243, name: "NOT_ENOUGH_SPACE", text: "Cannot reserve 1.00 MiB, not enough space" },
  { code: 999, name: "KEEPER_EXCEPTION", text: "Session expired" },
] as const;

export class BadClickHouse {
  mood: Mood = { kind: "good" };
  /** Statements that did not pass as they should have. */
  spoiltCount = 0;
  readonly #server: Server;
  readonly #clickhouse: ClickHouseEndpoint;
  readonly #hanging = new Set<() => void>();

  private constructor(clickhouse: ClickHouseEndpoint) {
    this.#clickhouse = clickhouse;
    this.#server = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing));
  }

  static async open(clickhouse: ClickHouseEndpoint): Promise<BadClickHouse> {
    const proxy = new BadClickHouse(clickhouse);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** As it should be. What hangs goes on. */
  cheerUp(): void {
    this.mood = { kind: "good" };
    for (const goOn of this.#hanging) goOn();
    this.#hanging.clear();
  }

  close(): void {
    this.cheerUp();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    outgoing.on("error", () => {});
    try {
      const body = Buffer.concat((await incoming.toArray()) as Buffer[]);
      const isInsert = /INSERT/i.test(decodeURIComponent(incoming.url ?? ""));
      const mood = this.#moodFor(isInsert);
      if (mood.kind !== "good") this.spoiltCount++;
      if (mood.kind === "hang") {
        await new Promise<void>((resolve) => void this.#hanging.add(resolve));
      }
      if (mood.kind === "break connections") return void outgoing.destroy();
      if (mood.kind === "refuse inserts") return refuse(outgoing, mood.code, mood.name);
      const answer = await this.#ask(incoming, body);
      if (mood.kind === "lose answers") {
        answer.resume().once("end", () => outgoing.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      if (mood.kind === "cut answers") {
        outgoing.write(Buffer.alloc(1));
        answer.resume().once("end", () => outgoing.destroy());
        return;
      }
      answer.pipe(outgoing);
    } catch {
      outgoing.destroy(); // ClickHouse is gone, or whoever asked
    }
  }

  #moodFor(isInsert: boolean): Mood {
    const { mood } = this;
    const isOfInserts = mood.kind === "refuse inserts" || mood.kind === "lose answers";
    return isOfInserts && !isInsert ? { kind: "good" } : mood;
  }

  #ask(incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const { socketPath, url } = this.#clickhouse;
    const { "transfer-encoding": _, ...headers } = incoming.headers;
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          ...(socketPath === undefined
            ? { host: new URL(url).hostname, port: new URL(url).port }
            : { socketPath }),
          path: incoming.url,
          method: incoming.method,
          headers: { ...headers, "content-length": body.length },
        },
        resolve,
      );
      asked.on("error", reject);
      asked.end(body);
    });
  }
}

function refuse(outgoing: ServerResponse, code: number, name: string): void {
  const text = REFUSALS.find((refusal) => refusal.code === code)?.text ?? "";
  outgoing.writeHead(500, { "X-ClickHouse-Exception-Code": String(code) });
  outgoing.end(`Code: ${code}. DB::Exception: ${text}. (${name})`);
}
