// call.ts — one Export call: its headers, its message, its answer.
//
//   HEADERS  :path, authorization, grpc-encoding ──▶ access ▶ method ▶ sender's limits ▶ encoding
//   DATA     one frame (frame.ts)                ──▶ Reception
//   answer   HEADERS, DATA, trailers             or, when refused, HEADERS alone with status, message and details
//
// Follows https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md and https://opentelemetry.io/docs/specs/otlp/#otlpgrpc.
// As over HTTP, whoever may not send, or sends too much, is refused before anything of its message is kept.

import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { encodeResponse, MalformedPayloadError, type Signal } from "@telemetry/otlp";
import type { AccessCheck, Visitor } from "../access-check.ts";
import { encodeStatus } from "../answer.ts";
import { AccessDeniedError, SenderGoneError, WrongRequestError } from "../errors.ts";
import { CONTENT_ENCODINGS } from "../inflate.ts";
import { RpcCode } from "../outcome.ts";
import { PACE_HEADER } from "../pace.ts";
import type { Receiver } from "../receiver.ts";
import { discardRest, readBody, SlowBodyError, type BodyClock } from "../request-body.ts";
import { encodeFrame, FRAME_HEADER_BYTES, FrameReader } from "./frame.ts";

const METHODS: Readonly<Record<string, Signal>> = {
  "/opentelemetry.proto.collector.trace.v1.TraceService/Export": "traces",
  "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": "metrics",
  "/opentelemetry.proto.collector.logs.v1.LogsService/Export": "logs",
};

/** On every answer: what the sender may compress with, and how quick it should be. */
const ANSWER_HEADERS = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": ["identity", ...CONTENT_ENCODINGS].join(","),
  [PACE_HEADER[0]]: PACE_HEADER[1],
};

export interface CallOptions {
  readonly receiver: Receiver;
  readonly check: AccessCheck;
  readonly clock?: BodyClock;
}

/** Takes a call and answers it. Never rejects. */
export async function answerCall(
  options: CallOptions,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  socket: Socket,
): Promise<void> {
  const { receiver } = options;
  try {
    if (!isGrpc(headers)) return answerStranger(stream, headers);
    const body = await accept(options, stream, headers, socket);
    succeed(stream, body);
  } catch (error) {
    if (error instanceof SenderGoneError || stream.destroyed) {
      receiver.station.count("requests_cut_off");
      return;
    }
    const outcome = receiver.outcomeOf(error);
    receiver.station.count(`answers_grpc_${outcome.code}`);
    if (error instanceof SlowBodyError) receiver.station.count("requests_slow");
    const { code, message } = outcome;
    refuse(stream, { code, message, details: encodeStatus("protobuf", outcome) });
  }
}

/** The answer to a call whose request is durable. */
async function accept(
  { receiver, check, clock }: CallOptions,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  socket: Socket,
): Promise<Uint8Array> {
  const signal = signalOf(headers);
  const refusal = check(visitorOf(headers, signal));
  if (refusal) throw new AccessDeniedError(refusal);
  const contentEncoding = contentEncodingOf(headers);
  const reception = receiver.open(socket);
  try {
    const frame = new FrameReader(receiver.bodySizeBytesMax);
    const message = await readBody(stream, {
      sizeBytesMax: FRAME_HEADER_BYTES + receiver.bodySizeBytesMax,
      hold: (sizeBytes) => reception.hold(sizeBytes),
      inspect: (part) => frame.read(part),
      ...(clock && { clock }),
    });
    const isCompressed = frame.end();
    if (isCompressed && contentEncoding === undefined) {
      throw new MalformedPayloadError(
        "Cannot decompress request: it is marked as compressed, and grpc-encoding does not say how",
      );
    }
    const compression = isCompressed ? contentEncoding : undefined;
    const rejected = await reception.accept(signal, "protobuf", message, compression);
    return encodeResponse(signal, "protobuf", rejected);
  } finally {
    reception.end();
  }
}

function isGrpc(headers: IncomingHttpHeaders): boolean {
  const type = headers["content-type"] ?? "";
  return headers[":method"] === "POST" && /^application\/grpc(?:\+proto)?(?:;|$)/.test(type);
}

/** Who speaks HTTP/2 but no gRPC hears HTTP. */
function answerStranger(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const status = headers[":method"] === "POST" ? 415 : 405;
  stream.respond({ ":status": status, "content-type": "text/plain" });
  stream.end(`Cannot answer: ${GRPC_ONLY}`);
  discardRest(stream, () => stream.destroy());
}

export const GRPC_ONLY =
  "this port takes OTLP over gRPC; OTLP over HTTP and the page have ports of their own (customarily 4318 and 4320)";

function signalOf(headers: IncomingHttpHeaders): Signal {
  const path = String(headers[":path"]);
  if (Object.hasOwn(METHODS, path)) return METHODS[path] as Signal;
  throw new WrongRequestError(
    404,
    `Cannot call "${path}": methods are ${Object.keys(METHODS).join(", ")}`,
  );
}

/** No browser speaks gRPC, so there is no page to be wary of: the token decides. */
function visitorOf({ authorization }: IncomingHttpHeaders, signal: Signal): Visitor {
  const headers: Readonly<Record<string, string | undefined>> = {
    host: "localhost",
    authorization,
  };
  return { method: "POST", path: `/v1/${signal}`, header: (name) => headers[name] };
}

function contentEncodingOf(headers: IncomingHttpHeaders): string | undefined {
  const encoding = String(headers["grpc-encoding"] ?? "identity").toLowerCase();
  if (encoding === "identity") return undefined;
  if (CONTENT_ENCODINGS.includes(encoding)) return encoding;
  const known = CONTENT_ENCODINGS.join(", ");
  throw new WrongRequestError(415, `Cannot read encoding "${encoding}": known are ${known}`);
}

function succeed(stream: ServerHttp2Stream, message: Uint8Array): void {
  stream.respond(ANSWER_HEADERS, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": RpcCode.ok }));
  stream.end(encodeFrame(message));
}

/** An answer of headers alone. The rest of the request is not wanted any more, and the sender is told so. */
function refuse(
  stream: ServerHttp2Stream,
  status: { readonly code: RpcCode; readonly message: string; readonly details: Uint8Array },
): void {
  const headers = {
    ...ANSWER_HEADERS,
    "grpc-status": status.code,
    "grpc-message": encodeMessage(status.message),
    "grpc-status-details-bin": Buffer.from(status.details).toString("base64"),
  };
  stream.respond(headers, { endStream: true });
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

/** Percent-encodes what is no printable ASCII, and the percent sign. */
function encodeMessage(message: string): string {
  return Buffer.from(message)
    .toString("latin1")
    .replace(/[^ -$&-~]/g, (byte) => {
      return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
    });
}
