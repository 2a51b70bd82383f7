// protocol.ts — what the sender wants of a protocol: to try once, and to say what came of it.

import type { ExportTarget, SignalName } from "../options/options.ts";
import type { Answer } from "./answer.ts";

/** One request, as every protocol sends it: protobuf, in pieces. */
export interface ExportRequest {
  readonly signal: SignalName;
  readonly chunks: readonly Uint8Array[];
}

export interface Attempt {
  readonly answer: Answer;
  /** The receiver's `telemetry-live`, "" where it sent none; undefined where no answer of a receiver says anything of it. */
  readonly pace: string | undefined;
}

export interface Protocol {
  /**
   * Sends the request once and ends within `timeoutMs`. Every attempt of the same request object sends the same bytes.
   * Rejects only where the request itself cannot be made.
   */
  attempt(request: ExportRequest, target: ExportTarget, timeoutMs: number): Promise<Attempt>;
  /** Ends what is under way and lets go of all connections. */
  close(): void;
}
