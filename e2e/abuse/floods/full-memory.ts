// full-memory.ts — one sender that wants all the memory there is for requests under way: many bodies of 60 MB at once.

import type { RunningDashboard } from "../../support/running-dashboard.ts";
import { callOnce } from "../grpc-call.ts";
import { CUT, Outcomes } from "../outcomes.ts";
import { grpcMessage } from "../raw-http2.ts";
import { RawConnection } from "../raw-http.ts";

const BODY_BYTES = 60_000_000;

/** Each connection sends one, three of four over HTTP. */
export async function fillMemory(
  { otlpUrl, otlpGrpcUrl }: RunningDashboard,
  connections: number,
): Promise<Outcomes> {
  const outcomes = new Outcomes();
  const body = unknownField(BODY_BYTES);
  const message = grpcMessage(body);
  const senders = Array.from({ length: connections }, (_, index) =>
    index % 4 === 0 ? callOnce(otlpGrpcUrl, message) : post(otlpUrl, body),
  );
  for (const outcome of await Promise.all(senders)) outcomes.note(outcome);
  return outcomes;
}

async function post(url: string, body: Buffer): Promise<string> {
  const connection = await RawConnection.open(url);
  const head = `POST /v1/logs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\ncontent-length: ${body.length}\r\n\r\n`;
  const answer = await connection.ask(head, body);
  connection.close();
  return answer === undefined ? CUT : String(answer.status);
}

/** A good request of that size without a row: one field that nobody knows. */
function unknownField(sizeBytes: number): Buffer {
  const body = Buffer.alloc(sizeBytes);
  let length = sizeBytes - 6;
  body[0] = 0x2a; // field 5, of bytes
  for (let at = 1; at < 6; at++) {
    body[at] = (length & 0x7f) | (at < 5 ? 0x80 : 0);
    length >>>= 7;
  }
  return body;
}
