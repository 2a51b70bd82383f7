// remote.ts — a ClickHouse server by URL, seen through the same interface as the embedded engine: its state is
// whether it answers.

import type { StationStatus } from "../contract/contract.ts";
import { Station } from "../self/self.ts";
import { openClient } from "./client.ts";
import type { ClickHouseClient, ClickHouseEndpoint } from "./client.ts";
import type { Engine, EngineState } from "./engine.ts";
import { StateTeller } from "./engine-state.ts";
import { EngineStartError } from "./errors.ts";

export interface RemoteEngineOptions {
  /** `http://` or `https://`, with user and password if need be: `https://user:password@host:8443`. */
  readonly url: string;
  readonly database?: string;
  readonly username?: string;
  readonly password?: string;
}

/** The first release whose JSON type is for production. */
const VERSION_MIN = "25.3";
const ASK_EVERY_MS = 2_000;
/** While it does not answer: whoever waits for it should not wait for us. */
const ASK_AGAIN_MS = 250;
const ASK_TIMEOUT_MS = 5_000;

/** @throws {EngineStartError} when the URL is none of ClickHouse's. */
export function openRemoteEngine(options: RemoteEngineOptions): Engine {
  const engine = new RemoteEngine(endpointOf(options));
  engine.start();
  return engine;
}

class RemoteEngine implements Engine {
  readonly endpoint: ClickHouseEndpoint;
  readonly #client: ClickHouseClient;
  readonly #station = new Station("engine");
  readonly #teller = new StateTeller();
  #timer: NodeJS.Timeout | undefined;
  #asking: Promise<void> = Promise.resolve();
  #lastError = "it has not answered yet";
  /** In a row: one answer may get lost on the way, and says nothing of the server. */
  #failureCount = 0;
  #closed = false;

  constructor(endpoint: ClickHouseEndpoint) {
    this.endpoint = endpoint;
    // Without the database, which the store may have to create first.
    this.#client = openClient(
      { ...endpoint, database: "default" },
      { request_timeout: ASK_TIMEOUT_MS },
    );
  }

  get state(): EngineState {
    return this.#teller.state;
  }

  whenReady(timeoutMs = 30_000): Promise<void> {
    return this.#teller.whenReady(timeoutMs, () => this.#unreachable());
  }

  onStateChange(listener: (state: EngineState) => void): () => void {
    return this.#teller.onChange(listener);
  }

  status(): StationStatus {
    return this.#station.status();
  }

  start(): void {
    this.#asking = this.#ask();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#asking;
    await this.#client.close();
    this.#teller.set("down");
  }

  async #ask(): Promise<void> {
    try {
      const answer = await this.#client.query({
        query: "SELECT version() AS version",
        format: "JSONEachRow",
      });
      const [row] = await answer.json<{ version: string }>();
      this.#answered(row?.version ?? "");
    } catch (error) {
      this.#failed(error);
    }
    if (this.#closed || this.#teller.fatal !== undefined) return;
    const pauseMs = this.#failureCount === 0 ? ASK_EVERY_MS : ASK_AGAIN_MS;
    this.#timer = setTimeout(() => this.start(), pauseMs);
  }

  #failed(error: unknown): void {
    this.#lastError = error instanceof Error ? error.message : String(error);
    this.#station.count("unanswered");
    if (this.#failureCount++ === 0 && this.#teller.state === "ready") return;
    this.#station.setState("down", this.#unreachable());
    this.#teller.set("down");
  }

  #answered(version: string): void {
    this.#station.count("pings");
    this.#failureCount = 0;
    if (isOlder(version, VERSION_MIN)) {
      const error = new EngineStartError(
        `Cannot use ClickHouse at ${this.endpoint.url}: its version is ${version}, and ${VERSION_MIN} or newer is needed`,
      );
      this.#station.setState("down", error.message);
      this.#teller.fail(error);
      return;
    }
    this.#station.setState("ok");
    this.#teller.set("ready");
  }

  #unreachable(): string {
    return `Cannot reach ClickHouse at ${this.endpoint.url}: ${this.#lastError}; check the address, user and password of --clickhouse`;
  }
}

function endpointOf(options: RemoteEngineOptions): ClickHouseEndpoint {
  const url = URL.canParse(options.url) ? new URL(options.url) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new EngineStartError(
      `Cannot use ClickHouse "${withoutPassword(options.url)}": it is not a URL such as http://localhost:8123`,
    );
  }
  const username = options.username ?? decodeURIComponent(url.username);
  const password = options.password ?? decodeURIComponent(url.password);
  const database = options.database ?? (url.pathname.replaceAll("/", "") || "default");
  return {
    url: url.origin,
    database,
    ...(username === "" ? {} : { username }),
    ...(password === "" ? {} : { password }),
  };
}

function withoutPassword(text: string): string {
  return text.replace(/:[^:@/]*@/, ":…@");
}

/** Compares the first two numbers of a version. */
function isOlder(version: string, minimum: string): boolean {
  const [year = 0, month = 0] = version.split(".").map(Number);
  const [minimumYear = 0, minimumMonth = 0] = minimum.split(".").map(Number);
  return year < minimumYear || (year === minimumYear && month < minimumMonth);
}
