// Log records of a started SDK, over HTTP to a real receiver.

import { context, logs as apiLogs, SeverityNumber, trace } from "@opentelemetry/api";
import { logs as legacyLogs } from "@opentelemetry/api-logs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { log, startSpan, startTelemetry, withSpan } from "../index.ts";
import type { Telemetry, TelemetryOptions } from "../index.ts";
import { runSuppressed } from "../context/context.ts";
import { OtlpReceiver } from "../testdata/otlp-receiver.ts";
import { readLogs } from "../testdata/read-logs.ts";
import type { ReadLog } from "../testdata/read-logs.ts";
import { registerLogs } from "./logs.ts";
import type { LoggerProvider } from "./logs.ts";

const NO_TRACE = "0".repeat(32);

let receiver: OtlpReceiver;
let telemetry: Telemetry | undefined;

beforeEach(async () => {
  receiver = await OtlpReceiver.open();
});

afterEach(async () => {
  await telemetry?.shutdown(1_000);
  telemetry = undefined;
  await receiver.close();
});

function start(options: TelemetryOptions = {}): Telemetry {
  telemetry = startTelemetry({
    endpoint: receiver.url,
    runtimeMetrics: false,
    logLevel: "silent",
    ...options,
  });
  return telemetry;
}

async function read(): Promise<ReadLog[]> {
  await telemetry?.flush();
  return receiver.logs().flatMap(readLogs);
}

describe("log", () => {
  test("a record in a span carries its ids and flags, outside none (110)", async () => {
    start();
    const span = startSpan("work");
    withSpan(span, () => log.info("inside", { a: 1 }));
    log.info("outside");

    const [inside, outside] = await read();

    expect(inside).toMatchObject({
      body: "inside",
      attributes: { a: 1 },
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      flags: span.spanContext().traceFlags,
    });
    expect(outside).toMatchObject({ body: "outside", traceId: NO_TRACE, flags: 0 });
  });

  test("the six severities have the numbers and texts of the data model (111)", async () => {
    start();
    for (const name of ["trace", "debug", "info", "warn", "error", "fatal"] as const) {
      log[name](name);
    }

    const records = await read();

    expect(records.map((record) => [record.severityNumber, record.severityText])).toEqual([
      [1, "TRACE"],
      [5, "DEBUG"],
      [9, "INFO"],
      [13, "WARN"],
      [17, "ERROR"],
      [21, "FATAL"],
    ]);
  });

  test("an error becomes its text and exception attributes, given ones win (111)", async () => {
    start();
    const error = new TypeError("no card");
    log.error(error, { "order.id": 7, "exception.message": "hidden" });
    log.warn("payment failed", error);
    log.with({ user: 1 }).fatal(error);

    const [first, second, third] = await read();

    expect(first).toMatchObject({ body: "TypeError: no card" });
    expect(first?.attributes).toMatchObject({
      "exception.type": "TypeError",
      "exception.message": "hidden",
      "exception.stacktrace": expect.stringContaining("logs.test.ts"),
      "order.id": 7,
    });
    expect(second).toMatchObject({ body: "payment failed", severityNumber: 13 });
    expect(second?.attributes["exception.message"]).toBe("no card");
    expect(third?.attributes).toMatchObject({ user: 1, "exception.type": "TypeError" });
  });

  test("a body is any value (111)", async () => {
    start();
    const bodies = ["text", 1, 1.5, true, { a: [1, { b: null }] }, ["x"], 2n ** 60n];
    for (const body of bodies) log.info(body);

    const records = await read();

    expect(records.map(({ body }) => body)).toEqual([
      "text",
      1,
      1.5,
      true,
      { a: [1, {}] },
      ["x"],
      2n ** 60n,
    ]);
  });

  test("with adds attributes to each record; a record's own ones win", async () => {
    start();
    const child = log.with({ user: 1, tenant: "a" }).with({ tenant: "b" });
    child.info("x", { user: 2 });

    expect((await read())[0]?.attributes).toEqual({ user: 2, tenant: "b" });
  });

  test("secrets are redacted by their key, also inside a body (22)", async () => {
    start();
    log.info({ password: "p", "gen_ai.token.type": "input" }, { "api.token": "t", ok: 1 });

    const [record] = await read();

    expect(record?.body).toEqual({ password: "[REDACTED]", "gen_ai.token.type": "input" });
    expect(record?.attributes).toEqual({ "api.token": "[REDACTED]", ok: 1 });
  });

  test("the redaction hook sees attributes and bodies", async () => {
    start({ redact: { value: (_key, value) => String(value).replaceAll("1234", "****") } });
    log.info("card 1234", { note: "1234" });

    expect(await read()).toMatchObject([{ body: "card ****", attributes: { note: "****" } }]);
  });

  test("limits cut and count", async () => {
    start({ logs: { attributeCount: 2, attributeValueLength: 3 } });
    log.info("abcdef", { a: "abcdef", b: 1, c: 2, d: 3 });

    expect(await read()).toMatchObject([
      { body: "abc", attributes: { a: "abc", b: 1 }, droppedAttributesCount: 2 },
    ]);
  });

  test("records below the minimum severity are not made", async () => {
    start({ logs: { minimumSeverity: "warn" } });
    log.info("quiet");
    log.warn("loud");

    expect((await read()).map(({ body }) => body)).toEqual(["loud"]);
    expect(telemetry?.status().signals.logs?.["emitted"]).toBe(1);
  });

  test("nothing that an app passes by mistake throws or costs another record", async () => {
    start();
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
        ownKeys: () => {
          throw new Error("no");
        },
      },
    );
    const untold = new Error("x");
    Object.defineProperty(untold, "message", {
      get: () => {
        throw new Error("no");
      },
    });

    expect(() => {
      log.info(undefined as never);
      log.info(cyclic, cyclic);
      log.info(hostile, hostile);
      log.error(untold, hostile);
      log.with(hostile).info("x");
      log.info("fine", "no attributes" as never);
    }).not.toThrow();

    const bodies = (await read()).map(({ body }) => body);
    expect(bodies).toContain("fine");
    expect(bodies).toContain("x");
  });

  test("before the start and after the end it does nothing (4)", async () => {
    expect(() => log.info("early")).not.toThrow();
    start();
    await telemetry?.shutdown();

    expect(() => log.info("late")).not.toThrow();

    expect(receiver.logs().flatMap(readLogs)).toEqual([]);
  });

  test("in the SDK's own requests it is dropped (114)", async () => {
    start();
    runSuppressed(() => log.info("about an export"));
    log.info("about the app");

    expect((await read()).map(({ body }) => body)).toEqual(["about the app"]);
  });

  test("leaves in batches, in the background (112)", async () => {
    start({ logs: { batch: { delayMs: 50, size: 10 } } });
    for (let i = 0; i < 25; i++) log.info(`record ${i}`);

    await receiver.until(() => receiver.logs().flatMap(readLogs).length === 25);

    expect(receiver.logs().map((batch) => batch.logs.count)).toEqual([10, 10, 5]);
  });

  test("OTEL_LOGS_EXPORTER=none sends nothing", async () => {
    process.env["OTEL_LOGS_EXPORTER"] = "none";
    try {
      start();
    } finally {
      delete process.env["OTEL_LOGS_EXPORTER"];
    }
    log.info("unwanted");

    expect(await read()).toEqual([]);
  });
});

describe("the official api", () => {
  test("records through api 1.10 and through api-logs arrive, with every field", async () => {
    start();
    const timestamp = new Date(1_700_000_000_123);
    for (const [name, api] of [
      ["new", apiLogs],
      ["old", legacyLogs],
    ] as const) {
      api.getLogger(name, "1.0", { schemaUrl: "https://x" }).emit({
        eventName: "order.paid",
        severityNumber: SeverityNumber.ERROR2,
        body: { paid: true },
        attributes: { a: [1, 2] },
        timestamp,
        observedTimestamp: [1_700_000_001, 5],
        exception: new RangeError("late"),
      });
    }

    const records = await read();

    expect(records.map(({ scope }) => scope)).toEqual(["new", "old"]);
    for (const record of records) {
      expect(record).toMatchObject({
        eventName: "order.paid",
        severityNumber: 18,
        severityText: "ERROR2",
        body: { paid: true },
        timeUnixNano: 1_700_000_000_123_000_000n,
        observedTimeUnixNano: 1_700_000_001_000_000_005n,
      });
      expect(record.attributes).toMatchObject({ a: [1, 2], "exception.type": "RangeError" });
    }
  });

  test("a context that is given decides the span, also a foreign one", async () => {
    start();
    const spanContext = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      traceFlags: 1,
    };
    const given = trace.setSpanContext(context.active(), spanContext);
    apiLogs.getLogger("x").emit({ body: "there", context: given });

    expect(await read()).toMatchObject([
      { traceId: spanContext.traceId, spanId: spanContext.spanId, flags: 1 },
    ]);
  });

  test("an own severity text is kept, a wrong number is none", async () => {
    start();
    const logger = apiLogs.getLogger("x");
    logger.emit({ severityNumber: SeverityNumber.INFO, severityText: "notice" });
    logger.emit({ severityNumber: 99 as never, body: "y" });
    logger.emit(undefined as never);

    expect(await read()).toMatchObject([
      { severityNumber: SeverityNumber.INFO, severityText: "notice" },
      { severityNumber: 0, severityText: "", body: "y" },
    ]);
  });

  test("enabled says whether a record would be kept", () => {
    start({ logs: { minimumSeverity: "warn" } });
    const logger = apiLogs.getLogger("x");

    expect(logger.enabled({ severityNumber: SeverityNumber.INFO })).toBe(false);
    expect(logger.enabled({ severityNumber: SeverityNumber.WARN })).toBe(true);
    expect(logger.enabled()).toBe(true);
    expect(runSuppressed(() => logger.enabled())).toBe(false);
  });

  test("one logger per scope; beyond a thousand scopes they share one", () => {
    start();
    const { getLogger } = apiLogs.getLoggerProvider();
    const provider = apiLogs.getLoggerProvider();
    const logger = getLogger.call(provider, "a", "1", { attributes: { x: 1 } });

    expect(getLogger.call(provider, "a", "1", { attributes: { x: 1 } })).toBe(logger);
    expect(getLogger.call(provider, "a", "1", { attributes: { x: 2 } })).not.toBe(logger);
    for (let i = 0; i < 1_000; i++) getLogger.call(provider, `scope ${i}`);
    expect(getLogger.call(provider, "more")).toBe(getLogger.call(provider, "even more"));
  });
});

describe("registerLogs", () => {
  test("leaves what somebody else registered alone, and names it", () => {
    const foreign = { getLogger: () => ({ emit: () => {}, enabled: () => true }) };
    apiLogs.setGlobalLoggerProvider(foreign);
    legacyLogs.setGlobalLoggerProvider(foreign);
    try {
      const registration = registerLogs({} as LoggerProvider);

      expect(registration.taken).toEqual(["logs of @opentelemetry/api", "@opentelemetry/api-logs"]);
      registration.undo();
      expect(apiLogs.getLoggerProvider()).toBe(foreign);
      expect(legacyLogs.getLoggerProvider()).toBe(foreign);
    } finally {
      apiLogs.disable();
      legacyLogs.disable();
    }
  });

  test("an api-logs of another generation gets its own no-op", () => {
    const registration = registerLogs({} as LoggerProvider);
    const key = Symbol.for("io.opentelemetry.js.api.logs");
    const getter = (globalThis as never as Record<symbol, (version: number) => unknown>)[key];

    expect(getter?.(2)).toBeUndefined();
    expect(getter?.(1)).toEqual({});
    registration.undo();
    expect(key in globalThis).toBe(false);
  });
});

describe("options", () => {
  test("a wrong one throws at the start and names itself", () => {
    expect(() => start({ logs: { minimumSeverity: "loud" as never } })).toThrow(
      "Cannot use option logs.minimumSeverity",
    );
    expect(() => start({ logs: { attributeCount: -1 } })).toThrow(RangeError);
  });
});
