// http2-floods.ts — what HTTP/2 lets a client do at next to no cost of its own, on the port of gRPC.

import type { RunningDashboard } from "../../support/running-dashboard.ts";
import { CUT, HANGS, inTime, OPEN, Outcomes } from "../outcomes.ts";
import {
  encodeHeaders,
  EXPORT_HEADERS,
  Flag,
  frame,
  FrameType,
  grpcMessage,
  openRawHttp2,
  writeAll,
} from "../raw-http2.ts";

const HEADERS = encodeHeaders(EXPORT_HEADERS);
const CANCEL = Buffer.from([0, 0, 0, 8]);
const SETTING = Buffer.from("000300000064", "hex"); // MAX_CONCURRENT_STREAMS = 100
const WINDOW = Buffer.from([0, 0, 0, 1]);

/** What is a breach of the rules is answered by then with the end of the connection. */
const CLOSED_WITHIN_MS = 300;

/** Clients number their streams 1, 3, 5 … */
const streamOf = (index: number) => 2 * index + 1;
const openCall = (index: number) =>
  frame(FrameType.headers, Flag.endHeaders, streamOf(index), HEADERS);

const callOfHeaders = (index: number, sizeBytes: number) =>
  frame(
    FrameType.headers,
    Flag.endHeaders | Flag.endStream,
    streamOf(index),
    encodeHeaders({ ...EXPORT_HEADERS, "x-large": "y".repeat(sizeBytes) }),
  );

/** What is written again and again, each over a connection of its own. */
const FLOODS: Readonly<Record<string, (index: number) => Buffer>> = {
  "calls that are given up at once": (index) =>
    Buffer.concat([openCall(index), frame(FrameType.reset, 0, streamOf(index), CANCEL)]),
  "calls without end": openCall,
  "calls that announce 4 GB": (index) =>
    Buffer.concat([
      openCall(index),
      frame(FrameType.data, 0, streamOf(index), grpcMessage(Buffer.alloc(10), false, 0xffff_ffff)),
    ]),
  pings: () => frame(FrameType.ping, 0, 0, Buffer.alloc(8)),
  settings: () => frame(FrameType.settings, 0, 0, SETTING),
  "headers without end": (index) =>
    index === 0
      ? frame(FrameType.headers, 0, 1, HEADERS)
      : frame(FrameType.continuation, 0, 1, encodeHeaders({ [`x-${index}`]: "y".repeat(1_000) })),
  "empty headers without end": (index) =>
    index === 0 ? frame(FrameType.headers, 0, 1, HEADERS) : frame(FrameType.continuation, 0, 1),
  "empty data": (index) => (index === 0 ? openCall(0) : frame(FrameType.data, 0, 1)),
  "window updates": () => frame(FrameType.windowUpdate, 0, 0, WINDOW),
  priorities: (index) => frame(FrameType.priority, 0, streamOf(index % 1_000), Buffer.alloc(5, 1)),
  "unknown frames": () => frame(0xee, 0, 0, Buffer.alloc(100)),
  "headers that are just not too large": (index) => callOfHeaders(index, 7_000),
  "headers that are too large": (index) => callOfHeaders(index, 16_000),
};

/** Each flood over `connections` connections at once, until it is written or the connection is closed. */
export async function floodHttp2(
  { otlpGrpcUrl }: RunningDashboard,
  { connections, frames }: { readonly connections: number; readonly frames: number },
): Promise<Outcomes> {
  const outcomes = new Outcomes();
  for (const makePart of Object.values(FLOODS)) {
    const floods = Array.from({ length: connections }, async () => {
      const socket = await openRawHttp2(otlpGrpcUrl);
      const closed = new Promise((resolve) => socket.once("close", resolve));
      await writeAll(socket, makePart, frames);
      const outcome = await inTime(closed, CLOSED_WITHIN_MS);
      outcomes.note(outcome === HANGS ? OPEN : CUT);
      socket.destroy();
    });
    await Promise.all(floods);
  }
  return outcomes;
}
