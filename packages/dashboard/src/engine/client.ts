// client.ts — the one way this project talks to ClickHouse: @clickhouse/client, unchanged, over a Unix socket to
// the embedded engine or over the network to a server.

import { Agent } from "node:http";
import type { AgentOptions } from "node:http";
import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import type { ClickHouseClient, ClickHouseClientConfigOptions } from "@clickhouse/client";

export type { ClickHouseClient } from "@clickhouse/client";

/** Where a ClickHouse answers. Plain data: it may be sent to a worker. */
export interface ClickHouseEndpoint {
  /** `http://localhost` when `socketPath` is there. Without user and password. */
  readonly url: string;
  /** Unix socket of the embedded engine. */
  readonly socketPath?: string;
  readonly username?: string;
  readonly password?: string;
  readonly database: string;
}

/** Longer than any statement of ours may take, so that ClickHouse's own time limit speaks first. */
const REQUEST_TIMEOUT_MS = 120_000;

/**
 * Opens a client; its owner closes it. Nothing is sent before the first statement. A statement that cannot be sent
 * fails at once with the socket's error, never later: see `prospectOf`. The client writes no log of its own.
 */
export function openClient(
  endpoint: ClickHouseEndpoint,
  overrides: ClickHouseClientConfigOptions = {},
): ClickHouseClient {
  const { url, socketPath, username, password, database } = endpoint;
  return createClient({
    url,
    database,
    application: "telemetry",
    request_timeout: REQUEST_TIMEOUT_MS,
    log: { level: ClickHouseLogLevel.OFF },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(socketPath === undefined ? {} : { http_agent: openSocketAgent(socketPath) }),
    ...overrides,
  });
}

/** Node's own types do not know that an agent passes `socketPath` on to its sockets. */
function openSocketAgent(socketPath: string): Agent {
  const options: AgentOptions & { socketPath: string } = { socketPath, keepAlive: true };
  return new Agent(options);
}
