// mutated.ts — the fuzz: spoilt requests over every door at once.

import { Chance } from "./chance.ts";
import { sendMutatedGrpc, sendMutatedHttp2 } from "./mutated-grpc.ts";
import { sendMutatedHttp } from "./mutated-http.ts";
import { Outcomes } from "./outcomes.ts";
import { makePayloads } from "./payloads.ts";
import type { RunningDashboard } from "../support/running-dashboard.ts";

const HTTP_CONNECTIONS = 24;
const GRPC_CONNECTIONS = 16;
const HTTP_SHARE = 0.7;
/** Connections of bare HTTP/2, which are one request each. */
const HTTP2_SHARE = 0.02;
const TELL_EVERY_MS = 30_000;

export interface MutatedOptions {
  readonly seed: number;
  readonly count: number;
  readonly timeMsMax?: number;
  readonly tell?: (progress: string) => void;
}

export async function sendMutated(
  { otlpUrl, otlpGrpcUrl }: RunningDashboard,
  { seed, count, timeMsMax = Infinity, tell }: MutatedOptions,
): Promise<Outcomes> {
  const deadlineMs = performance.now() + timeMsMax;
  const payloads = makePayloads(seed);
  const outcomes = new Outcomes();
  const share = (part: number, connections: number) => ({
    count: Math.ceil((count * part) / connections),
    deadlineMs,
  });
  const connections = (length: number, send: (chance: Chance) => Promise<void>, salt: number) =>
    Array.from({ length }, (_, index) => send(new Chance(seed + salt + index)));
  const timer = setInterval(
    () => tell?.(`${outcomes.count} of ${count} requests have ended`),
    TELL_EVERY_MS,
  );
  const sent = Promise.all([
    ...connections(
      HTTP_CONNECTIONS,
      (chance) =>
        sendMutatedHttp(otlpUrl, payloads, chance, share(HTTP_SHARE, HTTP_CONNECTIONS), outcomes),
      1_000,
    ),
    ...connections(
      GRPC_CONNECTIONS,
      (chance) => {
        const each = share(1 - HTTP_SHARE - HTTP2_SHARE, GRPC_CONNECTIONS);
        return sendMutatedGrpc(otlpGrpcUrl, payloads, chance, each, outcomes);
      },
      2_000,
    ),
    sendMutatedHttp2(otlpGrpcUrl, payloads, new Chance(seed), share(HTTP2_SHARE, 1), outcomes),
  ]);
  await sent.finally(() => clearInterval(timer));
  return outcomes;
}
