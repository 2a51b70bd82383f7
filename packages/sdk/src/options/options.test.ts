import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Environment, followBase, resolveBatch, resolveOptions } from "./options.ts";
import type { ResolvedOptions, TelemetryOptions } from "./options.ts";

function resolve(
  given: TelemetryOptions = {},
  variables: Record<string, string> = {},
): ResolvedOptions & { said: string[] } {
  const said: string[] = [];
  const environment = new Environment(variables, (sentence) => said.push(sentence));
  return { ...resolveOptions(given, environment), said };
}

describe("where to send", () => {
  test("defaults to OTLP/HTTP on this machine", () => {
    const { targets } = resolve();
    expect(targets.traces).toMatchObject({
      url: "http://localhost:4318/v1/traces",
      timeoutMs: 10_000,
      compression: "none",
      headers: {},
      isExplicit: false,
      enabled: true,
    });
    expect(targets.logs.url).toBe("http://localhost:4318/v1/logs");
  });

  test("code beats the signal's variable, which beats the general one (70)", () => {
    const variables = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://general:1/base/",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://traces:2/as/it/is",
      OTEL_EXPORTER_OTLP_TIMEOUT: "3000",
      OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: "4000",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: "none",
      OTEL_EXPORTER_OTLP_HEADERS: "a=1,b=x%20y",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "b=2",
    };
    const { targets } = resolve({}, variables);
    expect(targets.traces).toMatchObject({
      url: "http://traces:2/as/it/is",
      timeoutMs: 3_000,
      compression: "gzip",
      headers: { a: "1", b: "2" },
      isExplicit: true,
    });
    expect(targets.metrics).toMatchObject({
      url: "http://general:1/base/v1/metrics",
      compression: "none",
      headers: { a: "1", b: "x y" },
    });
    expect(targets.logs.timeoutMs).toBe(4_000);
    const inCode = resolve(
      { endpoint: "https://code", timeoutMs: 5, headers: { a: "9" } },
      variables,
    );
    expect(inCode.targets.traces).toMatchObject({
      url: "https://code/v1/traces",
      timeoutMs: 5,
      headers: { a: "9", b: "2" },
    });
  });

  test("follows a dashboard only where nobody chose an address", () => {
    const { targets } = resolve({}, { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://logs:1/x" });
    const followed = followBase({ ...targets }, "http://127.0.0.1:4320");
    expect(followed.traces.url).toBe("http://127.0.0.1:4320/v1/traces");
    expect(followed.logs.url).toBe("http://logs:1/x");
  });

  test("an exporter named none turns its signal off", () => {
    const { targets } = resolve({}, { OTEL_TRACES_EXPORTER: "none" });
    expect([targets.traces.enabled, targets.logs.enabled]).toEqual([false, true]);
  });
});

describe("a wrong option throws, and says what is wrong", () => {
  test.each([
    [
      { endpoint: "localhost:4318" },
      'Cannot use option endpoint "localhost:4318": it is not an address',
    ],
    [{ endpoint: "http://" }, 'Cannot use option endpoint "http://"'],
    [{ timeoutMs: 0 }, "Cannot use option timeoutMs: it must be above 0, current value is 0"],
    [{ sampler: 2 }, "Cannot use option sampler: a share of traces must be from 0 to 1"],
    [{ batch: { size: -1 } }, "Cannot use option size"],
  ] as [TelemetryOptions, string][])("%j", (options, message) => {
    expect(() => resolve(options)).toThrow(message);
  });
});

describe("destinations", () => {
  test("have no part of the environment, and defaults of their own", () => {
    const { destinations } = resolve(
      { destinations: [{ endpoint: "https://user:secret@vendor.example:4318/otlp?key=1" }] },
      {
        OTEL_EXPORTER_OTLP_HEADERS: "a=1",
        OTEL_EXPORTER_OTLP_TIMEOUT: "3",
        OTEL_LOGS_EXPORTER: "none",
      },
    );
    expect(destinations).toMatchObject([
      {
        name: "vendor.example_4318",
        targets: {
          logs: { headers: {}, timeoutMs: 10_000, compression: "none", tls: {}, enabled: true },
        },
      },
    ]);
  });

  const endpoint = "http://a";
  test.each([
    [{ endpoint }, "Cannot use option destinations: it must be a list, it is an object"],
    [["http://a"], "Cannot use option destinations[0]: it must be an object, it is a string"],
    [[null], "Cannot use option destinations[0]: it must be an object, it is null"],
    [[{ url: endpoint }], "Cannot use option destinations[0].url: a destination has only name, "],
    [[{ name: "a" }], 'Cannot use option destinations[0]: it has no endpoint, such as "https://'],
    [[{ endpoint: "a:1" }], 'Cannot use option destinations[0].endpoint "a:1": it is not'],
    [[{ endpoint, name: "a/b" }], "Cannot use option destinations[0].name: it must be at most 64"],
    [[{ endpoint, name: "main" }], 'Cannot use option destinations: "main" is the name of another'],
    [
      [{ endpoint }, { endpoint }],
      'Cannot use option destinations: "a" is the name of another one',
    ],
    [[{ endpoint, signals: ["spans"] }], "Cannot use option destinations[0].signals: it must be a"],
    [
      [{ endpoint, signals: [] }],
      "Cannot use option destinations[0].signals: it must be a list of",
    ],
    [[{ endpoint, headers: { a: 1 } }], 'Cannot use option destinations[0].headers: "a" must be'],
    [
      [{ endpoint, timeoutMs: -1 }],
      "Cannot use option destinations[0].timeoutMs: it must be above",
    ],
    [
      [{ endpoint, compression: "br" }],
      "Cannot use option destinations[0].compression: it must be",
    ],
    [
      [{ endpoint, tls: { pem: "" } }],
      "Cannot use option destinations[0].tls.pem: it has only ca,",
    ],
  ] as unknown as [TelemetryOptions["destinations"], string][])(
    "%j throws",
    (destinations, message) => {
      expect(() => resolve({ destinations: destinations! })).toThrow(message);
    },
  );
});

describe("a spool", () => {
  test("is a whole path and 256 MiB for each destination", () => {
    expect(resolve().spool).toBeUndefined();
    expect(resolve({ spool: { directory: "some/folder" } }).spool).toEqual({
      directory: join(process.cwd(), "some/folder"),
      sizeBytesMax: 268_435_456,
    });
  });

  test.each([
    ["/tmp", "Cannot use option spool: it must be an object, it is a string"],
    [{}, "Cannot use option spool: it has no directory, such as /var/lib/my-app/telemetry"],
    [{ directory: "" }, "Cannot use option spool: it has no directory"],
    [{ directory: "a", path: "b" }, "Cannot use option spool.path: a spool has only directory, "],
    [{ directory: "a", sizeBytesMax: 0 }, "Cannot use option spool.sizeBytesMax: it must be above"],
  ] as unknown as [TelemetryOptions["spool"], string][])("%j throws", (spool, message) => {
    expect(() => resolve({ spool: spool! })).toThrow(message);
  });
});

describe("a wrong variable is said and ignored", () => {
  test("numbers, choices, flags and lists", () => {
    const { batch, targets, enabled, said } = resolve(
      {},
      {
        OTEL_BSP_MAX_QUEUE_SIZE: "many",
        OTEL_EXPORTER_OTLP_COMPRESSION: "brotli",
        OTEL_SDK_DISABLED: "yes",
        OTEL_EXPORTER_OTLP_HEADERS: "secret-without-equals",
        OTEL_TRACES_EXPORTER: "zipkin",
      },
    );
    expect([batch.queueSize, targets.traces.compression, enabled]).toEqual([2_048, "none", true]);
    const all = said.join("\n");
    for (const name of [
      "QUEUE_SIZE",
      "COMPRESSION",
      "SDK_DISABLED",
      "HEADERS",
      "TRACES_EXPORTER",
    ]) {
      expect(all).toContain(name);
    }
    expect(all).not.toContain("secret-without-equals");
  });

  test("an empty one counts as not set", () => {
    expect(resolve({}, { OTEL_BSP_SCHEDULE_DELAY: " " })).toMatchObject({
      batch: { delayMs: undefined },
      said: [],
    });
  });
});

describe("limits", () => {
  test("of a span: its own variable, then the general one, then 128", () => {
    const { spanLimits } = resolve(
      { spanLimits: { linkCount: 3 } },
      {
        OTEL_ATTRIBUTE_COUNT_LIMIT: "10",
        OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "50",
        OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: "40",
        OTEL_SPAN_EVENT_COUNT_LIMIT: "7",
        OTEL_SPAN_LINK_COUNT_LIMIT: "9",
      },
    );
    expect(spanLimits).toEqual({
      attributeCount: 10,
      attributeValueLength: 40,
      eventCount: 7,
      linkCount: 3,
      attributesPerEvent: 128,
      attributesPerLink: 128,
    });
  });

  test("of a batch: never larger than its queue", () => {
    const environment = new Environment({ OTEL_BLRP_MAX_QUEUE_SIZE: "100" }, () => {});
    expect(resolveBatch({ delayMs: 5 }, environment, "OTEL_BLRP")).toEqual({
      delayMs: 5,
      size: 100,
      queueSize: 100,
      exportTimeoutMs: 30_000,
    });
  });
});
