// http.ts — OTLP/HTTP: POST /v1/traces, /v1/metrics and /v1/logs, protobuf and JSON.
//
//   access ▶ path, method, content type ▶ sender's limits ▶ body ▶ Reception ▶ 200, or what outcome.ts says
//
// Follows https://opentelemetry.io/docs/specs/otlp/#otlphttp. Everything that can be decided by the headers is decided
// before a byte of the body is read. An answer is in the encoding of its request, errors too.

import type { IncomingMessage, ServerResponse } from "node:http";
import { encodeResponse, type Encoding, type Signal } from "@telemetry/otlp";
import type { AccessCheck, ReadCheck, Visitor } from "./access-check.ts";
import { encodeStatus } from "./answer.ts";
import { allowOrigin, answerPreflight } from "./cors.ts";
import { AccessDeniedError, SenderGoneError, WrongRequestError } from "./errors.ts";
import { CONTENT_ENCODINGS } from "./inflate.ts";
import { PACE_HEADER } from "./pace.ts";
import type { Reception, Receiver } from "./receiver.ts";
import { discardRest, readBody, SlowBodyError, tooLarge, type BodyClock } from "./request-body.ts";

const SIGNALS: Readonly<Record<string, Signal>> = {
  "/v1/traces": "traces",
  "/v1/metrics": "metrics",
  "/v1/logs": "logs",
};
const PATHS = Object.keys(SIGNALS).join(", ");
const CONTENT_TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

export interface HttpDoorOptions {
  readonly check: AccessCheck;
  readonly mayRead: ReadCheck;
  /** How slowly a body may come; for tests. */
  readonly clock?: BodyClock;
}

/** Answers every request that {@link isOtlpRequest}. */
export type HttpDoor = (request: IncomingMessage, response: ServerResponse) => void;

/** By its path; or by its protobuf, which nothing else here takes, sent to a path that is wrong. */
export function isOtlpRequest(request: IncomingMessage): boolean {
  const { url = "", method } = request;
  return url.startsWith("/v1/") || (method === "POST" && encodingOf(request) === "protobuf");
}

export function createHttpDoor(receiver: Receiver, options: HttpDoorOptions): HttpDoor {
  return (request, response) => void answer(receiver, options, request, response);
}

async function answer(
  receiver: Receiver,
  options: HttpDoorOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const encoding = encodingOf(request) ?? "json";
  try {
    checkAccess(options, request, response);
    if (request.method === "OPTIONS") return answerPreflight(request, response);
    const signal = signalOf(request);
    const body = await accept(receiver, options, request, response, signal);
    write(response, encoding, 200, body);
  } catch (error) {
    answerError(receiver, request, response, encoding, error);
  }
}

/** A page that only lacks the token may read so; and browsers show none while they ask whether they may send. */
function checkAccess(
  { check, mayRead }: HttpDoorOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const visitor = visitorOf(request);
  if (mayRead(visitor)) allowOrigin(request, response);
  const refusal = check(visitor);
  if (refusal === undefined) return;
  if (request.method === "OPTIONS" && refusal.status === 401) return;
  throw new AccessDeniedError(refusal);
}

/** The body of the answer to a request that is durable. */
async function accept(
  receiver: Receiver,
  { clock }: HttpDoorOptions,
  request: IncomingMessage,
  response: ServerResponse,
  signal: Signal,
): Promise<Uint8Array> {
  const encoding = knownEncodingOf(request);
  const contentEncoding = contentEncodingOf(request);
  const { bodySizeBytesMax: sizeBytesMax } = receiver;
  if (Number(request.headers["content-length"] ?? 0) > sizeBytesMax) throw tooLarge(sizeBytesMax);
  const reception: Reception = receiver.open(request.socket);
  try {
    if (request.headers.expect !== undefined) response.writeContinue();
    const hold = (sizeBytes: number) => reception.hold(sizeBytes);
    const body = await readBody(request, { sizeBytesMax, hold, ...(clock && { clock }) });
    const rejected = await reception.accept(signal, encoding, body, contentEncoding);
    return encodeResponse(signal, encoding, rejected);
  } finally {
    reception.end();
  }
}

function answerError(
  receiver: Receiver,
  request: IncomingMessage,
  response: ServerResponse,
  encoding: Encoding,
  error: unknown,
): void {
  if (error instanceof SenderGoneError || response.destroyed) {
    receiver.station.count("requests_cut_off"); // the sender is gone; it keeps the data and comes again
    return;
  }
  const outcome = receiver.outcomeOf(error);
  const { status, retryAfterSeconds, headers = {} } = outcome;
  receiver.station.count(`answers_${status}`);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (retryAfterSeconds !== undefined) response.setHeader("retry-after", retryAfterSeconds);
  if (error instanceof SlowBodyError) {
    receiver.station.count("requests_slow");
    response.setHeader("connection", "close");
  } else if (!request.complete) {
    discardRest(request, () => request.destroy());
  }
  write(response, encoding, status, encodeStatus(encoding, outcome));
}

function visitorOf(request: IncomingMessage): Visitor {
  return {
    method: request.method ?? "",
    path: pathOf(request),
    header: (name) => request.headers[name]?.toString(),
  };
}

function write(
  response: ServerResponse,
  encoding: Encoding,
  status: number,
  body: Uint8Array,
): void {
  response.setHeader(...PACE_HEADER);
  response.setHeader("content-type", CONTENT_TYPES[encoding]);
  response.setHeader("content-length", body.length);
  response.writeHead(status).end(body);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").split("?", 1)[0]!;
}

function signalOf(request: IncomingMessage): Signal {
  const path = pathOf(request);
  const signal = Object.hasOwn(SIGNALS, path) ? SIGNALS[path] : undefined;
  if (!signal) {
    throw new WrongRequestError(404, `Cannot find "${path}": OTLP is received at ${PATHS}`);
  }
  if (request.method !== "POST") {
    const message = `Cannot ${request.method} "${path}": OTLP is sent with POST`;
    throw new WrongRequestError(405, message, { allow: "POST" });
  }
  return signal;
}

function encodingOf({ headers }: IncomingMessage): Encoding | undefined {
  const type = (headers["content-type"] ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (type === CONTENT_TYPES.protobuf) return "protobuf";
  return type === CONTENT_TYPES.json ? "json" : undefined;
}

function knownEncodingOf(request: IncomingMessage): Encoding {
  const encoding = encodingOf(request);
  if (encoding !== undefined) return encoding;
  const type = request.headers["content-type"] ?? "";
  throw new WrongRequestError(
    415,
    `Cannot read content type "${type}": OTLP is application/x-protobuf or application/json`,
  );
}

function contentEncodingOf(request: IncomingMessage): string | undefined {
  const encoding = (request.headers["content-encoding"] ?? "").trim().toLowerCase();
  if (encoding === "" || encoding === "identity") return undefined;
  if (CONTENT_ENCODINGS.includes(encoding)) return encoding;
  const known = CONTENT_ENCODINGS.join(", ");
  const message = `Cannot read content encoding "${encoding}": known are ${known}`;
  throw new WrongRequestError(415, message, { "accept-encoding": known });
}
