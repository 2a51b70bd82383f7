// slow-clients.ts — clients that want to hold something with next to nothing: headers and bodies one byte a second, no
// byte at all, half a request and the end of the connection. All must be closed, within half a minute.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { RunningDashboard } from "../../support/running-dashboard.ts";
import { CUT, HANGS, inTime, Outcomes } from "../outcomes.ts";
import {
  encodeHeaders,
  EXPORT_HEADERS,
  Flag,
  frame,
  FrameType,
  grpcMessage,
  openRawHttp2,
} from "../raw-http2.ts";

const CLOSED_WITHIN_MS = 30_000;
const HEAD = "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";

/** Each kind of client `count` times, all at once. */
export async function openSlowClients(
  { otlpUrl, otlpGrpcUrl }: RunningDashboard,
  count: number,
): Promise<Outcomes> {
  const outcomes = new Outcomes();
  const kinds: (() => Promise<string>)[] = [
    () => dribble(open(otlpUrl), "", HEAD),
    () => dribble(open(otlpUrl), `${HEAD}content-length: 1000\r\n\r\n`, "x".repeat(1_000)),
    () => dribble(open(otlpUrl), "", ""),
    () => dribble(open(otlpGrpcUrl), "", ""),
    () => dribbleCall(otlpGrpcUrl),
    () => endHalfway(open(otlpUrl), `${HEAD}content-length: 1000\r\n\r\n{`),
    () => endHalfway(open(otlpUrl), HEAD),
    () => endHalfway(open(otlpUrl), ""),
    () => endHalfway(open(otlpGrpcUrl), "PRI * HT"),
    () => endAfter(open(otlpUrl), `${HEAD}content-length: 2\r\n\r\n{}`),
  ];
  const clients = kinds.flatMap((kind) => Array.from({ length: count }, kind));
  for (const outcome of await Promise.all(clients)) outcomes.note(outcome);
  return outcomes;
}

function open(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  socket.on("error", () => {}); // "close" follows
  return socket;
}

/** Sends the beginning at once and the rest byte by byte, one a second. */
async function dribble(socket: Socket, beginning: string | Buffer, rest: string): Promise<string> {
  let at = 0;
  const timer = setInterval(() => {
    if (at < rest.length && socket.writable) socket.write(rest[at++]!);
  }, 1_000);
  socket.write(beginning);
  const outcome = await outcomeOf(socket);
  clearInterval(timer);
  socket.destroy();
  return outcome;
}

async function dribbleCall(url: string): Promise<string> {
  const socket = await openRawHttp2(url);
  socket.write(frame(FrameType.settings, Flag.ack, 0));
  socket.write(frame(FrameType.headers, Flag.endHeaders, 1, encodeHeaders(EXPORT_HEADERS)));
  const message = grpcMessage(Buffer.alloc(1_000));
  let at = 0;
  const timer = setInterval(() => {
    if (socket.writable) socket.write(frame(FrameType.data, 0, 1, message.subarray(at, ++at)));
  }, 1_000);
  // The stream is closed; the connection may live on, for other calls.
  const answered = new Promise((resolve) => {
    socket.on("data", (part) => {
      if (part.includes("grpc-status") || part.length > 60) resolve(CUT);
    });
    socket.on("close", resolve);
  });
  const outcome = await inTime(answered, CLOSED_WITHIN_MS);
  clearInterval(timer);
  socket.destroy();
  return outcome === HANGS ? HANGS : CUT;
}

/** Says that nothing more will come, in the middle of something. */
function endHalfway(socket: Socket, beginning: string): Promise<string> {
  socket.end(beginning);
  return outcomeOf(socket);
}

/** Says that nothing more will come, after something whole: that is answered. */
async function endAfter(socket: Socket, request: string): Promise<string> {
  const outcome = await endHalfway(socket, request);
  return outcome === "200" ? outcome : `${outcome}, although the request was whole`;
}

/** The status that comes before the end, if one does. */
async function outcomeOf(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("latin1").on("data", (part) => (text += String(part)));
  const ended = Promise.race([once(socket, "end"), once(socket, "close")]);
  const outcome = await inTime(ended, CLOSED_WITHIN_MS);
  socket.destroy();
  if (outcome === HANGS) return HANGS;
  return text.startsWith("HTTP/1.1 ") ? text.slice(9, 12) : CUT;
}
