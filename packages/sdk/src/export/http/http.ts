// http.ts — OTLP/HTTP: one POST per attempt, with protobuf or JSON
// (https://opentelemetry.io/docs/specs/otlp/#otlphttp).

import type { ExportTarget } from "../../options/options.ts";
import { tooLarge } from "../answer.ts";
import type { Answer } from "../answer.ts";
import { connectionReason } from "../connection-reason.ts";
import { PACE_HEADER } from "../pace.ts";
import type { Attempt, ExportRequest, Protocol } from "../protocol.ts";
import { userAgent } from "../user-agent.ts";
import { readHttpAnswer } from "./http-answer.ts";
import { EndlessAnswerError, HttpPoster } from "./post.ts";
import type { PostResponse, Transport } from "./post.ts";
import { makeBody } from "./request-body.ts";
import type { RequestBody } from "./request-body.ts";

interface MadeBody {
  readonly form: string;
  readonly body: RequestBody;
}

export class HttpProtocol implements Protocol {
  readonly #poster = new HttpPoster();
  readonly #transport: Transport;
  /** The last body of a request that may be sent again. */
  readonly #bodies = new WeakMap<ExportRequest, MadeBody>();

  constructor(transport: Transport | undefined) {
    this.#transport = transport ?? ((request) => this.#poster.post(request));
  }

  async attempt(request: ExportRequest, target: ExportTarget, timeoutMs: number): Promise<Attempt> {
    const { sizeBytes, chunks, headers } = await this.#bodyOf(request, target);
    if (sizeBytes > target.requestSizeBytesMax) {
      return { answer: tooLarge(sizeBytes, target.requestSizeBytesMax), pace: undefined };
    }
    try {
      const response = await this.#transport({
        url: target.url,
        headers: {
          ...target.headers,
          "user-agent": userAgent(target.headers["user-agent"]),
          ...headers,
        },
        body: chunks,
        timeoutMs,
        tls: target.tls,
      });
      return { answer: readHttpAnswer(response, Date.now()), pace: paceOf(response) };
    } catch (error) {
      return { answer: unanswered(error), pace: undefined };
    }
  }

  close(): void {
    this.#poster.close();
  }

  /** Made again only where the records now go to a place that wants another form. */
  async #bodyOf(request: ExportRequest, target: ExportTarget): Promise<RequestBody> {
    const form = `${target.protocol} ${target.compression}`;
    const made = this.#bodies.get(request);
    if (made?.form === form) return made.body;
    const body = await makeBody(request, target);
    this.#bodies.set(request, { form, body });
    return body;
  }
}

function paceOf({ headers }: PostResponse): string {
  const pace: unknown = headers[PACE_HEADER];
  return typeof pace === "string" ? pace : "";
}

function unanswered(error: unknown): Answer {
  const reason = connectionReason(error);
  if (error instanceof EndlessAnswerError) return { kind: "never", reason };
  return { kind: "later", reason, retryAfterMs: undefined, isAnswered: false };
}
