// connections.ts — more connections than anybody needs: some that never said a word, some that sent something good and
// stayed, on both ports.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { RunningDashboard } from "../../support/running-dashboard.ts";
import { CUT, OPEN, Outcomes } from "../outcomes.ts";
import { openRawHttp2 } from "../raw-http2.ts";

/** Opened at the same time; a listening socket has room for so many that are not accepted yet. */
const BURST = 200;
const GOOD =
  "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

/** Opens `count` connections, keeps them for `holdMs`, and counts those that are then open. */
export async function openManyConnections(
  { otlpUrl, otlpGrpcUrl }: RunningDashboard,
  { count, holdMs }: { readonly count: number; readonly holdMs: number },
): Promise<Outcomes> {
  const kinds: (() => Promise<Socket>)[] = [
    () => openSocket(otlpUrl),
    () => openSocket(otlpUrl, GOOD),
    () => openSocket(otlpUrl, GOOD),
    () => openRawHttp2(otlpGrpcUrl),
  ];
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const burst = Array.from({ length: Math.min(BURST, count - sockets.length) }, (_, index) =>
      kinds[index % kinds.length]!(),
    );
    sockets.push(...(await Promise.all(burst)));
  }
  await delay(holdMs);
  const outcomes = new Outcomes();
  for (const socket of sockets) outcomes.note(socket.closed || socket.readableEnded ? CUT : OPEN);
  for (const socket of sockets) socket.destroy();
  return outcomes;
}

async function openSocket(url: string, text = ""): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {}); // "close" follows
  socket.resume();
  await Promise.race([once(socket, "connect"), once(socket, "close")]);
  socket.write(text);
  return socket;
}
