// 148: whatever fails inside telemetry, the app's results are the same. Each internal part is made to throw, one
// after the other, under a workflow that uses everything.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyTable, ProtobufWriter } from "@telemetry/otlp/encode";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { Clock } from "./clock/clock.ts";
import { Diagnostics } from "./diagnostics/diagnostics.ts";
import {
  BatchCollector,
  DestinationQueue,
  ScopeBuffer,
  SealedBatch,
  Sender,
} from "./export/export.ts";
import { SpoolLane } from "./export/spool/spool-lane.ts";
import {
  addEvent,
  createCounter,
  createHistogram,
  extractContext,
  injectContext,
  linkSpan,
  log,
  recordError,
  recordHttp,
  runWithContext,
  setAttributes,
  startSpan,
  traced,
  withSpan,
} from "./index.ts";
import { startTestTelemetry, resetTelemetry } from "./testing/testing.ts";
import { OpenSpans } from "./trace/open-spans.ts";
import { TraceCore } from "./trace/trace-core.ts";
import { Tracer } from "./trace/trace.ts";

const double = traced("double", (x: number) => x * 2);

/** What an app would compute without telemetry. */
async function workflow(): Promise<unknown[]> {
  const results: unknown[] = [];
  const orders = createCounter("orders");
  const sizes = createHistogram("sizes");
  for (let i = 0; i < 3; i++) {
    results.push(
      await withSpan("order", { attributes: { i, tags: ["a"] } }, async (span) => {
        setAttributes({ paid: true, nested: { a: [1] } });
        addEvent("checked", { b: 2 });
        log.info("order", { i });
        orders.add(1, { i });
        sizes.record(i);
        recordHttp(span, { method: "GET", statusCode: 500 });
        linkSpan(span, startSpan("other", null));
        const carrier = injectContext<Record<string, string>>({});
        await Promise.resolve();
        return runWithContext(extractContext(carrier), () => double(i));
      }),
    );
  }
  try {
    withSpan("fails", () => {
      recordError("handled");
      throw new RangeError("expected");
    });
  } catch (error) {
    results.push((error as Error).message);
  }
  return results;
}

const EXPECTED = [0, 2, 4, "expected"];

afterEach(async () => {
  vi.restoreAllMocks();
  await resetTelemetry();
});

function thrower(): never {
  throw new Error("injected");
}

describe("an app under failing telemetry", () => {
  const parts: [string, object, string[]][] = [
    ["Clock", Clock.prototype, ["anchorAt", "instant", "epochMs"]],
    ["KeyTable", KeyTable.prototype, ["get"]],
    ["ProtobufWriter", ProtobufWriter.prototype, ["beginMessage", "string", "reserve", "raw"]],
    ["BatchCollector", BatchCollector.prototype, ["admit", "commit", "seal"]],
    ["SealedBatch", SealedBatch.prototype, ["retain", "release"]],
    ["DestinationQueue", DestinationQueue.prototype, ["offer", "flush"]],
    ["SpoolLane", SpoolLane.prototype, ["append", "adopt", "beat", "close"]],
    ["ScopeBuffer", ScopeBuffer.prototype, ["begin", "commit", "take"]],
    ["Sender", Sender.prototype, ["send"]],
    ["OpenSpans", OpenSpans.prototype, ["add", "remove"]],
    ["TraceCore", TraceCore.prototype, ["begin", "finish", "instantOf", "checkedName"]],
    ["Tracer", Tracer.prototype, ["export"]],
    ["Diagnostics", Diagnostics.prototype, ["say", "sayOnce", "count"]],
  ];
  const directory = mkdtempSync(join(tmpdir(), "telemetry-fault-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const variants = [{}, { spool: { directory } }];
  for (const [name, prototype, methods] of parts) {
    const cases = methods.flatMap((method) =>
      variants.map((options) => [method, options] as const),
    );
    test.each(cases)(`${name}.%s throws, with %o`, async (method, options) => {
      const telemetry = startTestTelemetry(options);
      const spy = vi.spyOn(prototype as Record<string, () => never>, method);
      spy.mockImplementation(thrower);
      expect(await workflow()).toEqual(EXPECTED);
      await telemetry.telemetry.flush(200).catch(() => false);
      spy.mockRestore();
      expect(await workflow()).toEqual(EXPECTED);
    });
  }

  test("a transport that throws at once, rejects, or never answers", async () => {
    for (const transport of [
      thrower,
      () => Promise.reject(new Error("no")),
      () => new Promise<never>(() => {}),
    ]) {
      startTestTelemetry({ transport, timeoutMs: 30 });
      expect(await workflow()).toEqual(EXPECTED);
      await resetTelemetry();
    }
  });

  test("without telemetry computes the same", async () => {
    expect(await workflow()).toEqual(EXPECTED);
  });
});
