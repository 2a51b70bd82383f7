// side.ts — what is measured, the same for ours and theirs: the official API in front, encoded OTLP bytes
// at the other end. Network and receiver are no part of it.

import type * as Api from "@opentelemetry/api";
import type { Attributes, Span, Tracer } from "@opentelemetry/api";

export type SideName = "ours" | "otel-2" | "otel-3";

/** A tracing SDK in its default configuration, with batches of 512 spans that end as bytes. */
export interface Side {
  /** The copy of the api that this side is registered with. */
  readonly api: Pick<typeof Api, "propagation" | "trace" | "ROOT_CONTEXT">;
  readonly tracer: Tracer;
  /** A span that is current while `body` runs and ends with it. */
  inSpan(name: string, attributes: Attributes | undefined, body: (span: Span) => void): void;
  /** Waits until everything that ended has become bytes. */
  flush(): Promise<void>;
  readonly encoded: Encoded;
}

/** What came out. The last requests are kept, to be decoded and compared with the other side's. */
export class Encoded {
  spanCount = 0;
  sizeBytes = 0;
  readonly #requests: Uint8Array[] = [];

  add(request: Uint8Array, spanCount: number): void {
    this.spanCount += spanCount;
    this.sizeBytes += request.length;
    if (this.#requests.push(request) > 2) this.#requests.shift();
  }

  get lastRequest(): Uint8Array | undefined {
    return this.#requests.at(-1);
  }
}
