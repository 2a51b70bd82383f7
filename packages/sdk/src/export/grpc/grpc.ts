// grpc.ts — OTLP/gRPC: the Export methods of the trace, metrics and logs services
// (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc). Messages are the queue's bytes: nothing is encoded again.

import type * as Grpc from "@grpc/grpc-js";
import { runDetached } from "../../context/context.ts";
import type { Diagnostics } from "../../diagnostics/diagnostics.ts";
import type { ExportTarget, SignalName } from "../../options/options.ts";
import { tooLarge } from "../answer.ts";
import type { Answer } from "../answer.ts";
import { readPartialSuccess } from "../export-response.ts";
import { PACE_HEADER } from "../pace.ts";
import type { Attempt, ExportRequest, Protocol } from "../protocol.ts";
import { GrpcClients } from "./clients.ts";
import { hasEntries, readGrpcError } from "./grpc-answer.ts";
import { loadGrpc } from "./load-grpc.ts";
import { quietenSockets, QUIET_KEY } from "./quiet-sockets.ts";

const METHODS: Readonly<Record<SignalName, string>> = {
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
};

const asTheyAre = (bytes: Buffer): Buffer => bytes;

export class GrpcProtocol implements Protocol {
  readonly #grpc: typeof Grpc;
  readonly #diagnostics: Diagnostics;
  readonly #clients: GrpcClients;
  readonly #calls = new Set<Grpc.ClientUnaryCall>();
  readonly #stopQuieting: () => void;

  /** Throws a MissingPackageError when the app has no @grpc/grpc-js. */
  constructor(diagnostics: Diagnostics, grpc: typeof Grpc = loadGrpc()) {
    this.#grpc = grpc;
    this.#diagnostics = diagnostics;
    this.#clients = new GrpcClients(grpc);
    this.#stopQuieting = quietenSockets();
  }

  async attempt(request: ExportRequest, target: ExportTarget, timeoutMs: number): Promise<Attempt> {
    const message = Buffer.concat(request.chunks);
    const { requestSizeBytesMax } = target;
    if (message.length > requestSizeBytesMax) {
      return { answer: tooLarge(message.length, requestSizeBytesMax), pace: undefined };
    }
    const method = METHODS[request.signal];
    return runDetached(() => this.#call(method, message, target, timeoutMs), QUIET_KEY);
  }

  close(): void {
    for (const call of this.#calls) call.cancel();
    this.#clients.close();
    this.#stopQuieting();
  }

  #call(
    method: string,
    message: Buffer,
    target: ExportTarget,
    timeoutMs: number,
  ): Promise<Attempt> {
    const client = this.#clients.clientFor(target);
    const metadata = this.#metadataOf(target, timeoutMs);
    return new Promise((resolve) => {
      let headers: Grpc.Metadata | undefined;
      let isLate = false;
      const onEnd = (error: Grpc.ServiceError | null, response?: Buffer): void => {
        clearTimeout(timer);
        this.#calls.delete(call);
        if (isLate) this.#clients.forget(target, client);
        const answer = isLate ? late(timeoutMs) : answerOf(error, response, headers);
        resolve({ answer, pace: paceOf(headers) });
      };
      const call = client.makeUnaryRequest(method, asTheyAre, asTheyAre, message, metadata, onEnd);
      this.#calls.add(call);
      call.on("metadata", (received) => (headers = received));
      // The library's own deadline would keep the process alive.
      const timer = setTimeout(() => {
        isLate = true;
        call.cancel();
      }, timeoutMs);
      timer.unref();
    });
  }

  #metadataOf({ headers }: ExportTarget, timeoutMs: number): Grpc.Metadata {
    const metadata = new this.#grpc.Metadata();
    for (const [name, value] of Object.entries(headers)) {
      if (name === "user-agent") continue; // the channel has it
      try {
        metadata.set(name, name.endsWith("-bin") ? Buffer.from(value, "base64") : value);
      } catch {
        this.#diagnostics.sayOnce(
          "warn",
          "export.grpc.headers",
          `Cannot send header "${name}" by gRPC: it is no valid metadata, and is left out`,
        );
      }
    }
    metadata.set("grpc-timeout", `${Math.ceil(timeoutMs)}m`);
    return metadata;
  }
}

function answerOf(
  error: Grpc.ServiceError | null,
  response: Buffer | undefined,
  headers: Grpc.Metadata | undefined,
): Answer {
  if (error !== null) return readGrpcError(error, headers !== undefined || hasEntries(error));
  return { kind: "delivered", ...readPartialSuccess(response ?? new Uint8Array()) };
}

function late(timeoutMs: number): Answer {
  const reason = `no answer within ${Math.round(timeoutMs)} ms`;
  return { kind: "later", reason, retryAfterMs: undefined, isAnswered: false };
}

/** A server that refuses before it looks at a request sends no headers, which says nothing of its pace. */
function paceOf(headers: Grpc.Metadata | undefined): string | undefined {
  if (headers === undefined) return undefined;
  const [pace] = headers.get(PACE_HEADER);
  return typeof pace === "string" ? pace : "";
}
