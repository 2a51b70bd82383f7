// grpc-call.ts — one call, with headers and a body that are given as they are, and how it ends.

import {
  connect,
  constants,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import { CUT } from "./outcomes.ts";

/** In megabytes. With Node's 10 a client that has more than that to send does not hear the answer. */
const SESSION_MEMORY_MB = 1_000;

export const CALL_HEADERS: OutgoingHttpHeaders = {
  ":method": "POST",
  ":path": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  "content-type": "application/grpc",
  te: "trailers",
};

export function openSession(url: string): ClientHttp2Session {
  const session = connect(url, { maxSessionMemory: SESSION_MEMORY_MB });
  session.on("error", () => {}); // its calls hear of it
  return session;
}

/** The code of the answer. With `isGivenUp` the call is cancelled behind the body. */
export async function call(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body: Buffer,
  isGivenUp = false,
): Promise<string> {
  const stream = session.request(headers);
  const closed = new Promise((resolve) => stream.once("close", resolve));
  stream.on("error", () => {}); // "close" follows
  let answer: IncomingHttpHeaders = {};
  stream.on("response", (received) => (answer = received));
  stream.on("trailers", (trailers) => (answer = { ...answer, ...trailers }));
  stream.resume();
  if (isGivenUp) {
    stream.write(body);
    stream.close(constants.NGHTTP2_CANCEL);
  } else {
    stream.end(body);
  }
  await closed;
  const { "grpc-status": code, ":status": status } = answer;
  if (code !== undefined) return `grpc ${String(code)}`;
  return status === undefined ? CUT : String(status);
}

/** A call over a connection of its own. */
export async function callOnce(
  url: string,
  body: Buffer,
  headers: OutgoingHttpHeaders = {},
): Promise<string> {
  const session = openSession(url);
  try {
    return await call(session, { ...CALL_HEADERS, ...headers }, body);
  } finally {
    session.destroy();
  }
}
