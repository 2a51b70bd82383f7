// raw-http2.ts — an HTTP/2 connection made of bytes, for what no client would send.
//
//   frame    length u24, type u8, flags u8, stream u32 (https://www.rfc-editor.org/rfc/rfc9113#section-4.1)
//   HPACK    header fields as literals, never indexed: 0x10, length, name, length, value (RFC 7541, 6.2.3)

import { once } from "node:events";
import { connect, type Socket } from "node:net";

export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const Flag = { endStream: 1, ack: 1, endHeaders: 4 } as const;

export const PREFACE: Buffer = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame(FrameType.settings, 0, 0),
]);

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

export function encodeHeaders(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [
      Buffer.of(0x10),
      encodeString(name),
      encodeString(value),
    ]),
  );
}

/** A string as it is, without Huffman's code. */
function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  const size = [];
  if (bytes.length < 127) size.push(bytes.length);
  else {
    size.push(127);
    let rest = bytes.length - 127;
    for (; rest >= 128; rest = Math.floor(rest / 128)) size.push((rest % 128) | 128);
    size.push(rest);
  }
  return Buffer.concat([Buffer.from(size), bytes]);
}

export const EXPORT_HEADERS = {
  ":method": "POST",
  ":scheme": "http",
  ":path": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  ":authority": "localhost",
  "content-type": "application/grpc",
  te: "trailers",
} as const;

/** Message with its five bytes before it. */
export function grpcMessage(
  message: Buffer,
  isCompressed = false,
  sizeBytes = message.length,
): Buffer {
  const header = Buffer.alloc(5);
  header[0] = Number(isCompressed);
  header.writeUInt32BE(sizeBytes, 1);
  return Buffer.concat([header, message]);
}

/** A connection that has said the first words. What comes back is thrown away. */
export async function openRawHttp2(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {}); // "close" follows
  socket.resume();
  await once(socket, "connect");
  socket.write(PREFACE);
  return socket;
}

/** Writes until all is written or the other side closes. Returns whether it was written. */
export async function writeAll(
  socket: Socket,
  makePart: (index: number) => Buffer,
  parts: number,
): Promise<boolean> {
  for (let index = 0; index < parts; index++) {
    if (socket.destroyed || !socket.writable) return false;
    if (!socket.write(makePart(index))) await drained(socket);
  }
  return !socket.destroyed;
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.on("drain", done).on("close", done);
  });
}
