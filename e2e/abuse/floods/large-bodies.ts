// large-bodies.ts — bodies of 100 MB: announced, not announced, and over gRPC. Each sender must hear that it is too
// much, and not only find its connection closed.

import { randomBytes } from "node:crypto";
import type { RunningDashboard } from "../../support/running-dashboard.ts";
import { callOnce } from "../grpc-call.ts";
import { CUT, Outcomes } from "../outcomes.ts";
import { grpcMessage } from "../raw-http2.ts";
import { RawConnection } from "../raw-http.ts";

const LARGE_BYTES = 100_000_000;
const HEAD =
  "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\n";

export async function sendLargeBodies(
  { otlpUrl, otlpGrpcUrl }: RunningDashboard,
  concurrency: number,
): Promise<Outcomes> {
  const outcomes = new Outcomes();
  const body = Buffer.alloc(LARGE_BYTES, randomBytes(1_000));
  const chunked = Buffer.concat([
    Buffer.from(`${body.length.toString(16)}\r\n`),
    body,
    Buffer.from("\r\n0\r\n\r\n"),
  ]);
  const note = (outcome: string) => outcomes.note(outcome);
  const rounds = Array.from({ length: concurrency }, () => [
    post(otlpUrl, `${HEAD}content-length: ${body.length}\r\n\r\n`, body).then(note),
    post(otlpUrl, `${HEAD}transfer-encoding: chunked\r\n\r\n`, chunked).then(note),
    callOnce(otlpGrpcUrl, grpcMessage(body)).then(note),
  ]);
  await Promise.all(rounds.flat());
  return outcomes;
}

/** An empty request behind it shows that the connection lives. */
async function post(url: string, head: string, body: Buffer): Promise<string> {
  const connection = await RawConnection.open(url);
  const answer = await connection.ask(head, body);
  const next = await connection.ask(`${HEAD}content-length: 0\r\n\r\n`);
  connection.close();
  if (answer === undefined) return CUT;
  return next?.status === 200 ? String(answer.status) : `${answer.status} and then no more`;
}
