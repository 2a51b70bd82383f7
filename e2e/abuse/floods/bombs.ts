// bombs.ts — small bodies that hold ten gigabytes of zeros, over both protocols, several at once.

import { gzipSync, zstdCompressSync } from "node:zlib";
import type { RunningDashboard } from "../../support/running-dashboard.ts";
import { callOnce } from "../grpc-call.ts";
import { CUT, Outcomes } from "../outcomes.ts";
import { grpcMessage } from "../raw-http2.ts";
import { RawConnection } from "../raw-http.ts";

const MIB = 1_048_576;
/** A little more than is taken of one request. */
const PIECE_BYTES = 65 * MIB;
const NOMINAL_BYTES = 10_000 * MIB;

/** Each bomb once per round, all of a round at the same time. */
export async function sendBombs(
  { otlpUrl, otlpGrpcUrl }: RunningDashboard,
  rounds: number,
): Promise<Outcomes> {
  const outcomes = new Outcomes();
  const bombs = makeBombs();
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      bombs.flatMap(({ encoding, body }) => [
        postBomb(otlpUrl, encoding, body).then((outcome) => outcomes.note(outcome)),
        callOnce(otlpGrpcUrl, grpcMessage(body, true), { "grpc-encoding": encoding }).then(
          (outcome) => outcomes.note(outcome),
        ),
      ]),
    );
  }
  return outcomes;
}

interface Bomb {
  readonly encoding: string;
  readonly body: Buffer;
}

/** Formats may be put one behind the other, which makes any size of a small piece. */
function makeBombs(): Bomb[] {
  const zeros = Buffer.alloc(PIECE_BYTES);
  const pieces = Math.ceil(NOMINAL_BYTES / PIECE_BYTES);
  const gzip = gzipSync(zeros, { level: 9 });
  const zstd = zstdCompressSync(zeros);
  return [
    { encoding: "gzip", body: Buffer.concat(Array<Buffer>(pieces).fill(gzip)) },
    { encoding: "zstd", body: Buffer.concat(Array<Buffer>(pieces).fill(zstd)) },
    { encoding: "gzip", body: gzip },
    { encoding: "zstd", body: zstd },
  ];
}

async function postBomb(url: string, encoding: string, body: Buffer): Promise<string> {
  const connection = await RawConnection.open(url);
  const head = `POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`;
  const answer = await connection.ask(head, body);
  connection.close();
  return answer === undefined ? CUT : String(answer.status);
}
