// Damaged requests: whatever the bytes are, the decoder gives a Batch that can be read to its end, or it throws
// MalformedPayloadError, and it needs no more time than for good ones.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeRequest, MalformedPayloadError } from "../index.ts";
import type { Encoding, Signal } from "../index.ts";
import { viewBatch } from "./batch-view.ts";
import { jsonOf, requests } from "./generated.ts";
import { encodeOfficial } from "./official.ts";
import { corpusFiles, MISSING_PAYLOADS } from "./payload-files.ts";

const SIGNALS = ["traces", "logs", "metrics"] as const;
const PLAIN_JSON = {
  snakeCase: false,
  upperCaseIds: false,
  longsAsNumbers: false,
  enumNames: false,
  urlSafeBytes: false,
  indent: 0,
};

describe("a damaged request", () => {
  test("of random bytes is decoded or refused", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SIGNALS),
        fc.constantFrom<Encoding>("protobuf", "json"),
        fc.uint8Array({ maxLength: 300 }),
        isDecodedOrRefused,
      ),
      { numRuns: 600 },
    );
  });

  test.each(SIGNALS)(
    "of %s, cut, with bytes changed, put in or taken out, is decoded or refused",
    (signal) => {
      fc.assert(
        fc.property(requests(signal), damages, fc.boolean(), (request, changes, json) => {
          const body = json
            ? new TextEncoder().encode(jsonOf(request, PLAIN_JSON))
            : encodeOfficial(signal, request);
          return isDecodedOrRefused(signal, json ? "json" : "protobuf", damaged(body, changes));
        }),
        { numRuns: 600 },
      );
    },
  );

  test.skipIf(MISSING_PAYLOADS !== undefined)("of a real sender is decoded or refused", () => {
    const files = corpusFiles();
    fc.assert(
      fc.property(fc.constantFrom(...files), damages, ({ signal, encoding, body }, changes) =>
        isDecodedOrRefused(signal, encoding, damaged(body, changes)),
      ),
      { numRuns: 1500 },
    );
  });

  test("of a megabyte of one byte takes less than two seconds, whatever the byte", () => {
    for (let byte = 0; byte < 256; byte += 5) {
      const body = new Uint8Array(1 << 20).fill(byte);
      const started = performance.now();
      isDecodedOrRefused("metrics", "protobuf", body.slice());
      isDecodedOrRefused("logs", "json", body);
      expect(performance.now() - started).toBeLessThan(2_000);
    }
  });
});

interface Damage {
  readonly at: number;
  readonly kind: "set" | "insert" | "remove" | "cut";
  readonly byte: number;
}

const damages: fc.Arbitrary<Damage[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    kind: fc.constantFrom("set", "set", "insert", "remove", "cut"),
    byte: fc.nat({ max: 255 }),
  }),
  { minLength: 1, maxLength: 4 },
);

function damaged(body: Uint8Array, changes: readonly Damage[]): Uint8Array {
  const bytes = [...body];
  for (const { at, kind, byte } of changes) {
    const index = Math.floor(at * bytes.length);
    if (kind === "set") bytes[index] = byte;
    else if (kind === "insert") bytes.splice(index, 0, byte);
    else if (kind === "remove") bytes.splice(index, 1);
    else bytes.length = index;
  }
  return Uint8Array.from(bytes);
}

function isDecodedOrRefused(signal: Signal, encoding: Encoding, body: Uint8Array): boolean {
  try {
    viewBatch(decodeRequest(signal, encoding, body));
  } catch (error) {
    if (!(error instanceof MalformedPayloadError)) throw error;
  }
  return true;
}
