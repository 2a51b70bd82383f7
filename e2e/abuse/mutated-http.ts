// mutated-http.ts — spoilt requests over HTTP/1.1: spoilt bodies, compressed or not, before or after, and spoilt headers.

import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Chance } from "./chance.ts";
import { mutate } from "./mutate.ts";
import { CUT, HANGS, inTime, type Outcomes, type Quota } from "./outcomes.ts";
import type { Payload } from "./payloads.ts";
import { RawConnection } from "./raw-http.ts";

const COMPRESSORS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: (body) => gzipSync(body, { level: 1 }),
  deflate: (body) => deflateSync(body, { level: 1 }),
  zstd: (body) => zstdCompressSync(body),
};
const ENCODINGS = Object.keys(COMPRESSORS);
/** A request that is answered later than this is a request that hangs. */
const ANSWER_TIMEOUT_MS = 20_000;

/** Sends `count` spoilt requests, one after the other. */
export async function sendMutatedHttp(
  url: string,
  payloads: readonly Payload[],
  chance: Chance,
  { count, deadlineMs }: Quota,
  outcomes: Outcomes,
): Promise<void> {
  let connection = await RawConnection.open(url);
  for (let sent = 0; sent < count && performance.now() < deadlineMs; sent++) {
    if (connection.isClosed) connection = await RawConnection.open(url);
    const { head, body, endsThere } = spoiltRequest(payloads, chance);
    const asked = connection.ask(head, body);
    if (endsThere) connection.socket.end();
    const answer = await inTime(asked, ANSWER_TIMEOUT_MS);
    if (answer === HANGS) outcomes.note(HANGS);
    else outcomes.note(answer === undefined ? CUT : String(answer.status));
    if (endsThere || answer === HANGS) connection.close();
  }
  connection.close();
}

interface SpoiltRequest {
  readonly head: Buffer;
  readonly body: Buffer;
  /** Less comes than is announced, or more: nobody knows where the next request would begin. */
  readonly endsThere: boolean;
}

function spoiltRequest(payloads: readonly Payload[], chance: Chance): SpoiltRequest {
  const { signal, encoding, body: good } = chance.pick(payloads);
  const other = chance.pick(payloads).body;
  let body = chance.of(0.9) ? mutate(good, chance, other) : good;
  const headers: [string, string][] = [
    ["host", "localhost"],
    ["content-type", encoding === "json" ? "application/json" : "application/x-protobuf"],
  ];
  if (chance.of(0.25)) {
    const compression = chance.pick(ENCODINGS);
    body = COMPRESSORS[compression]!(body);
    if (chance.of(0.3)) body = mutate(body, chance, other);
    headers.push(["content-encoding", compression]);
  }
  const request = {
    line: `POST /v1/${signal} HTTP/1.1`,
    headers: [...headers, ["content-length", String(body.length)] as [string, string]],
    body,
    endsThere: false,
  };
  if (chance.of(0.15)) chance.pick(HEAD_MUTATIONS)(request, chance);
  const lines = request.headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = Buffer.from(`${request.line}\r\n${lines}\r\n`, "latin1");
  return { head, body: request.body, endsThere: request.endsThere };
}

interface Draft {
  line: string;
  headers: [string, string][];
  body: Buffer;
  endsThere: boolean;
}

const HEAD_MUTATIONS: readonly ((draft: Draft, chance: Chance) => void)[] = [
  (draft, chance) => {
    setHeader(
      draft,
      "content-type",
      chance.pick(["text/plain", "", "application/json", "x/y;;=", "application/x-protobuf;a"]),
    );
  },
  (draft, chance) => {
    setHeader(
      draft,
      "content-encoding",
      chance.pick(["br", "gzip, gzip", "zstd", "GZIP", "identity", "", "x\xff"]),
    );
  },
  (draft, chance) => {
    const path = chance.pick([
      "/v1/profiles",
      "/v1/traces/",
      "/v1/",
      "/v1/traces?a=%ff",
      "/",
      "*",
      "/v1/%00",
      "//v1/traces",
      "/v1/__proto__",
      "/v1/toString",
    ]);
    draft.line = `POST ${path} HTTP/1.1`;
  },
  (draft, chance) => {
    draft.line = draft.line.replace(
      "POST",
      chance.pick(["PUT", "GET", "DELETE", "OPTIONS", "PATCH", "TRACE", "post", "BREW"]),
    );
    draft.endsThere = true;
  },
  (draft, chance) => {
    const lie = chance.pick([
      draft.body.length + 1 + chance.integer(1_000),
      chance.integer(draft.body.length + 1),
      -1,
      1e20,
      Number.NaN,
    ]);
    setHeader(draft, "content-length", String(lie));
    draft.endsThere = true;
  },
  (draft, chance) => {
    draft.headers = draft.headers.filter(([name]) => name !== "content-length");
    draft.headers.push(["transfer-encoding", chance.pick(["chunked", "chunked, gzip", "x"])]);
    draft.body = chance.of(0.5) ? chunked(draft.body) : draft.body;
    draft.endsThere = true;
  },
  (draft, chance) => {
    const junk = Array.from({ length: chance.integer(40) }, () =>
      String.fromCharCode(chance.integer(256)),
    ).join("");
    draft.headers.push([chance.pick(["x", "", "x y", junk]), junk]);
    draft.endsThere = true;
  },
  (draft, chance) => {
    draft.headers.push(["x", "y".repeat(chance.integer(40_000))]);
    draft.endsThere = true;
  },
  (draft, chance) => {
    draft.headers.push(
      chance.pick([
        ["expect", "100-continue"],
        ["expect", "x"],
        ["upgrade", "h2c"],
        ["connection", "close"],
        ["origin", "http://evil.example"],
        ["host", "evil.example"],
        ["content-length", "5"],
      ]),
    );
    draft.endsThere = true;
  },
  (draft, chance) => {
    const line = Buffer.from(draft.line);
    line[chance.integer(line.length)] = chance.integer(256);
    draft.line = line.toString("latin1");
    draft.endsThere = true;
  },
];

function setHeader(draft: Draft, name: string, value: string): void {
  draft.headers = draft.headers.filter(([each]) => each !== name);
  draft.headers.push([name, value]);
}

function chunked(body: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`${body.length.toString(16)}\r\n`),
    body,
    Buffer.from("\r\n0\r\n\r\n"),
  ]);
}
