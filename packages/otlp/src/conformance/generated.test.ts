// Requests that nobody sent yet: made up, encoded by the official definitions, decoded by us.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeRequest } from "../index.ts";
import type { Signal } from "../index.ts";
import { viewBatch } from "./batch-view.ts";
import { jsonOf, jsonStyles, requests } from "./generated.ts";
import { encodeOfficial, viewOfficial } from "./official.ts";

const RUNS = 150;

describe.each(["traces", "logs", "metrics"] satisfies Signal[])("generated %s", (signal) => {
  test("read from protobuf like the independent decoder reads them", () => {
    fc.assert(
      fc.property(requests(signal), (request) => {
        const bytes = encodeOfficial(signal, request);
        const expected = viewOfficial(signal, bytes);
        expect(viewBatch(decodeRequest(signal, "protobuf", bytes))).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });

  test("read from JSON, however it is written, like from protobuf", () => {
    fc.assert(
      fc.property(requests(signal), jsonStyles, (request, style) => {
        const expected = viewOfficial(signal, encodeOfficial(signal, request));
        const json = new TextEncoder().encode(jsonOf(request, style));
        expect(viewBatch(decodeRequest(signal, "json", json))).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });

  test("decode the same twice, with rows in ranges that follow one another", () => {
    fc.assert(
      fc.property(requests(signal), (request) => {
        const bytes = encodeOfficial(signal, request);
        const batch = decodeRequest(signal, "protobuf", bytes);
        expect(decodeRequest(signal, "protobuf", bytes.slice())).toEqual(batch);
        expect(batch.resources.attributes).toHaveLength(batch.resources.count + 1);
        expect(isAscending(batch.resources.attributes)).toBe(true);
        expect(batch.scopes.attributes[0]).toBe(batch.resources.attributes.at(-1));
        expect(isAscending(batch.scopes.attributes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

function isAscending(offsets: Uint32Array): boolean {
  return offsets.every((offset, row) => row === 0 || offset >= (offsets[row - 1] as number));
}
