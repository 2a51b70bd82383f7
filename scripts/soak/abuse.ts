// abuse.ts — a million spoilt requests and every flood that we know against a dashboard, in a quarter of an hour.

import { runAbuse } from "../../e2e/abuse/abuse.ts";
import { failuresOf, tableOf } from "../../e2e/abuse/report.ts";
import type { SoakOptions } from "./soak-part.ts";

/** The spoilt requests end then, however many there were: a busy machine sends 1 000 a second. */
const REQUESTS_MS_MAX = 20 * 60_000;
const CONNECTIONS_HELD_MS = 20_000;

export async function soakAbuse({ requests, seed }: SoakOptions): Promise<readonly string[]> {
  const report = await runAbuse({
    seed,
    requests,
    requestsMsMax: REQUESTS_MS_MAX,
    rounds: 4,
    connections: 10_000,
    connectionsMs: CONNECTIONS_HELD_MS,
    slowClients: 50,
    http2: { connections: 4, frames: 30_000 },
    tell: console.log,
  });
  console.log(tableOf(report));
  return failuresOf(report);
}
