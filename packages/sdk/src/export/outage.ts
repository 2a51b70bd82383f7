// outage.ts — tells a person, in one line on stderr, that nothing arrives and what to do, and in one more
// that it arrives again. Between the two it is silent, however long that takes.

import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import { originOf } from "../options/options.ts";
import type { ExportTarget } from "../options/options.ts";

/** How much waits, in words: "12 spans wait, up to 2048 are kept"; undefined where nothing does. */
export type WaitingText = () => string | undefined;

type Destination = Pick<ExportTarget, "url" | "protocol">;

export class Outage {
  readonly #diagnostics: Diagnostics;
  readonly #waiting: WaitingText[] = [];
  #failingUrls = new Set<string>();

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  /** Lets the line say how much waits. */
  watch(waiting: WaitingText): void {
    this.#waiting.push(waiting);
  }

  /** `isAnswered`: somebody is there and said no, so starting a receiver would not help. */
  failed(target: Destination, reason: string, isAnswered: boolean): void {
    const { url } = target;
    const isFirst = this.#failingUrls.size === 0;
    this.#failingUrls.add(url);
    if (!isFirst) return;
    this.#diagnostics.say(
      "warn",
      `Cannot send telemetry to "${originOf(url)}": ${reason}; ${this.#waitingText()}${isAnswered ? "" : hintFor(target)}`,
    );
  }

  delivered(url: string): void {
    if (!this.#failingUrls.delete(url) || this.#failingUrls.size > 0) return;
    this.#diagnostics.say("warn", `"${originOf(url)}" is receiving telemetry again`);
  }

  #waitingText(): string {
    const parts = this.#waiting.map((text) => text()).filter((text) => text !== undefined);
    return parts.length === 0 ? "the app is not affected" : parts.join(", ");
  }
}

/** What a person may have got wrong. */
function hintFor({ url, protocol }: Destination): string {
  if (!URL.canParse(url)) return "";
  const { hostname, port } = new URL(url);
  const isGrpc = protocol === "grpc";
  if (port === (isGrpc ? "4318" : "4317")) {
    return isGrpc
      ? "; 4318 is OTLP's port for HTTP: use 4317, or OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
      : "; 4317 is OTLP's port for gRPC: use 4318, or OTEL_EXPORTER_OTLP_PROTOCOL=grpc";
  }
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  return isLocal
    ? '; "npm start" in the telemetry folder starts a dashboard there, OTEL_EXPORTER_OTLP_ENDPOINT names another receiver, OTEL_SDK_DISABLED=true turns this off'
    : "";
}
