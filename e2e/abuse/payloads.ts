// payloads.ts — good requests to be spoilt: made up with every field there is, and those captured from eight senders
// where they are (../shared/data).

import fc from "fast-check";
import {
  corpusFiles,
  encodeOfficial,
  jsonOf,
  requests,
  type JsonStyle,
} from "../../packages/otlp/src/conformance/conformance.ts";
import type { Encoding, Signal } from "../../packages/otlp/src/index.ts";

export interface Payload {
  readonly signal: Signal;
  readonly encoding: Encoding;
  readonly body: Buffer;
}

export const SIGNALS: readonly Signal[] = ["traces", "metrics", "logs"];
const MADE_UP_PER_SIGNAL = 150;

const STYLE: JsonStyle = {
  snakeCase: false,
  upperCaseIds: false,
  longsAsNumbers: false,
  enumNames: false,
  urlSafeBytes: false,
  indent: 0,
};

export function makePayloads(seed: number): Payload[] {
  const madeUp = SIGNALS.flatMap((signal) =>
    fc.sample(requests(signal), { seed, numRuns: MADE_UP_PER_SIGNAL }).flatMap((request) => {
      const protobuf = Buffer.from(encodeOfficial(signal, request));
      const json = Buffer.from(jsonOf(request, STYLE));
      return [
        { signal, encoding: "protobuf" as const, body: protobuf },
        { signal, encoding: "json" as const, body: json },
      ];
    }),
  );
  const captured = corpusFiles().map(({ signal, encoding, body }) => {
    return { signal, encoding, body: Buffer.from(body) };
  });
  return [...madeUp, ...captured].filter(({ body }) => body.length > 0);
}
