// http.ts — OTLP/HTTP: POST /v1/traces, /v1/metrics and /v1/logs, protobuf and JSON.
//
// Follows https://opentelemetry.io/docs/specs/otlp/#otlphttp. The status tells a sender what to do: 400, 413 and
// 415 mean "throw it away", 503 with Retry-After means "keep it". We never answer 500, which a sender would
// take for the former.

import type { IncomingMessage, ServerResponse } from "node:http";
import { MalformedPayloadError, type Encoding, type Signal } from "@telemetry/otlp";
import { encodeExportResponse, encodeStatus, RpcCode } from "./answer.ts";
import { CONTENT_ENCODINGS, inflateBody } from "./inflate.ts";
import { PACE_HEADER } from "./pace.ts";
import { PayloadTooLargeError, UnavailableError, type Receiver } from "./receiver.ts";

const SIGNALS: Readonly<Record<string, Signal>> = {
  "/v1/traces": "traces",
  "/v1/metrics": "metrics",
  "/v1/logs": "logs",
};
const CONTENT_TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** What the sender did is not what this door is for: 404, 405 or 415. */
class WrongRequestError extends TypeError {
  override readonly name = "WrongRequestError";
  readonly status: 404 | 405 | 415;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: 404 | 405 | 415, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Answers every request whose path is one of {@link isOtlpPath}. */
export type HttpDoor = (request: IncomingMessage, response: ServerResponse) => void;

export function isOtlpPath(path: string): boolean {
  return path.startsWith("/v1/");
}

export function createHttpDoor(receiver: Receiver): HttpDoor {
  return (request, response) => void answer(receiver, request, response);
}

async function answer(
  receiver: Receiver,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const encoding = encodingOf(request);
  try {
    const signal = signalOf(request);
    if (!encoding) throw wrongContentType(request);
    const rejected = await receiveBody(receiver, request, (body) =>
      receiver.accept(signal, encoding, body),
    );
    write(response, encoding, 200, encodeExportResponse(signal, encoding, rejected));
  } catch (error) {
    if (response.destroyed) {
      receiver.station.count("requests_cut_off"); // the sender is gone; it keeps the data and comes again
      return;
    }
    receiver.station.count(`answers_${statusOf(error)}`);
    writeError(response, encoding ?? "json", error);
  }
}

/** The only place where an error becomes an OTLP/HTTP status. */
function statusOf(error: unknown): number {
  if (error instanceof WrongRequestError) return error.status;
  if (error instanceof MalformedPayloadError) return 400;
  if (error instanceof PayloadTooLargeError) return 413;
  return 503; // whatever it is, the sender keeps the data and tries again
}

const RPC_CODES: Readonly<Record<number, RpcCode>> = {
  400: RpcCode.invalidArgument,
  404: RpcCode.notFound,
  405: RpcCode.unimplemented,
  413: RpcCode.resourceExhausted,
  415: RpcCode.invalidArgument,
  503: RpcCode.unavailable,
};

function writeError(response: ServerResponse, encoding: Encoding, error: unknown): void {
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof WrongRequestError) {
    for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  }
  if (status === 503) {
    const seconds = error instanceof UnavailableError ? error.retryAfterSeconds : 1;
    response.setHeader("retry-after", String(seconds));
  }
  write(response, encoding, status, encodeStatus(encoding, RPC_CODES[status]!, message));
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

function signalOf(request: IncomingMessage): Signal {
  const path = (request.url ?? "").split("?", 1)[0]!;
  const signal = SIGNALS[path];
  if (!signal) {
    const paths = Object.keys(SIGNALS).join(", ");
    throw new WrongRequestError(404, `Cannot find "${path}": OTLP is received at ${paths}`);
  }
  if (request.method !== "POST") {
    const message = `Cannot ${request.method} "${path}": OTLP is sent with POST`;
    throw new WrongRequestError(405, message, { allow: "POST" });
  }
  return signal;
}

function encodingOf(request: IncomingMessage): Encoding | undefined {
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (type === CONTENT_TYPES.protobuf) return "protobuf";
  return type === CONTENT_TYPES.json ? "json" : undefined;
}

function wrongContentType(request: IncomingMessage): WrongRequestError {
  const type = request.headers["content-type"] ?? "";
  return new WrongRequestError(
    415,
    `Cannot read content type "${type}": OTLP is application/x-protobuf or application/json`,
  );
}

/** Reads the body, decompressed, for `use`; the memory counts as held until `use` has settled. */
async function receiveBody<T>(
  receiver: Receiver,
  request: IncomingMessage,
  use: (body: Uint8Array) => Promise<T>,
): Promise<T> {
  let heldBytes = 0;
  const hold = (sizeBytes: number) => {
    receiver.hold(sizeBytes);
    heldBytes += sizeBytes;
  };
  try {
    const contentEncoding = contentEncodingOf(request);
    const body = await readBody(request, receiver.bodySizeBytesMax, hold);
    receiver.station.count("wire_bytes", body.length);
    if (contentEncoding === undefined) return await use(body);
    const inflated = await inflateBody(body, contentEncoding, receiver.bodySizeBytesMax);
    hold(inflated.length);
    return await use(inflated);
  } finally {
    receiver.release(heldBytes);
  }
}

function contentEncodingOf(request: IncomingMessage): string | undefined {
  const encoding = (request.headers["content-encoding"] ?? "").trim().toLowerCase();
  if (encoding === "" || encoding === "identity") return undefined;
  if (CONTENT_ENCODINGS.includes(encoding)) return encoding;
  const known = CONTENT_ENCODINGS.join(", ");
  const message = `Cannot read content encoding "${encoding}": known are ${known}`;
  throw new WrongRequestError(415, message, { "accept-encoding": known });
}

/** The body in a buffer of its own, because the batch that is made of it will be transferred. */
async function readBody(
  request: IncomingMessage,
  sizeBytesMax: number,
  hold: (sizeBytes: number) => void,
): Promise<Uint8Array> {
  const announcedBytes = Number(request.headers["content-length"] ?? 0);
  if (announcedBytes > sizeBytesMax) throw tooLarge(sizeBytesMax);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    sizeBytes += chunk.length;
    if (sizeBytes > sizeBytesMax) throw tooLarge(sizeBytesMax);
    hold(chunk.length);
    chunks.push(chunk);
  }
  const body = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

function tooLarge(sizeBytesMax: number): PayloadTooLargeError {
  return new PayloadTooLargeError(`Cannot accept request: it is larger than ${sizeBytesMax} bytes`);
}
