// http.ts — OTLP/HTTP: POST /v1/traces, /v1/metrics and /v1/logs, protobuf and JSON.
//
// Follows https://opentelemetry.io/docs/specs/otlp/#otlphttp. The status tells a sender what to do: 400, 413 and
// 415 mean "throw it away", 503 with Retry-After means "keep it". We never answer 500, which a sender would
// take for the former.

import type { IncomingMessage, ServerResponse } from "node:http";
import { MalformedPayloadError, type Encoding, type Signal } from "@telemetry/otlp";
import type { AccessCheck, Visitor } from "./access-check.ts";
import { encodeExportResponse, encodeStatus, RpcCode } from "./answer.ts";
import {
  AccessDeniedError,
  PayloadTooLargeError,
  UnavailableError,
  WrongRequestError,
} from "./errors.ts";
import { PACE_HEADER } from "./pace.ts";
import type { Receiver } from "./receiver.ts";
import { receiveBody } from "./request-body.ts";

const SIGNALS: Readonly<Record<string, Signal>> = {
  "/v1/traces": "traces",
  "/v1/metrics": "metrics",
  "/v1/logs": "logs",
};
const CONTENT_TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** Answers every request whose path is one of {@link isOtlpPath}. */
export type HttpDoor = (request: IncomingMessage, response: ServerResponse) => void;

export function isOtlpPath(path: string): boolean {
  return path.startsWith("/v1/");
}

export function createHttpDoor(receiver: Receiver, check: AccessCheck): HttpDoor {
  return (request, response) => {
    if (request.method === "OPTIONS") answerPreflight(check, request, response);
    else void answer(receiver, check, request, response);
  };
}

async function answer(
  receiver: Receiver,
  check: AccessCheck,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const encoding = encodingOf(request);
  try {
    const refusal = check(visitorOf(request));
    if (refusal) throw new AccessDeniedError(refusal);
    allowOrigin(request, response);
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

function visitorOf(request: IncomingMessage): Visitor {
  return {
    method: request.method ?? "",
    path: pathOf(request),
    header: (name) => request.headers[name]?.toString(),
  };
}

/** A page on this machine may read our answers; which pages may send is for the access check to say. */
function allowOrigin(request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", PACE_HEADER[0]);
  response.setHeader("vary", "origin");
}

/** Browsers ask before they send, and show no token while they ask. */
function answerPreflight(
  check: AccessCheck,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const refusal = check(visitorOf(request));
  if (refusal && refusal.status !== 401) {
    response.writeHead(refusal.status).end();
    return;
  }
  allowOrigin(request, response);
  response.setHeader("access-control-allow-methods", "POST");
  response.setHeader(
    "access-control-allow-headers",
    "authorization, content-encoding, content-type",
  );
  response.setHeader("access-control-max-age", "7200");
  response.writeHead(204).end();
}

/** The only place where an error becomes an OTLP/HTTP status. */
function statusOf(error: unknown): number {
  if (error instanceof WrongRequestError || error instanceof AccessDeniedError) return error.status;
  if (error instanceof MalformedPayloadError) return 400;
  if (error instanceof PayloadTooLargeError) return 413;
  return 503; // whatever it is, the sender keeps the data and tries again
}

const RPC_CODES: Readonly<Record<number, RpcCode>> = {
  400: RpcCode.invalidArgument,
  401: RpcCode.unauthenticated,
  403: RpcCode.permissionDenied,
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

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").split("?", 1)[0]!;
}

function signalOf(request: IncomingMessage): Signal {
  const path = pathOf(request);
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
