// Where and how each signal is sent: the options of the exporter and OTEL_EXPORTER_OTLP_* (68, 69, 70).

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Authority } from "../testdata/certificates.ts";
import type { Certificate } from "../testdata/certificates.ts";
import { Environment, followBase, resolveOptions } from "./options.ts";
import type { ExportOptions, ExportTarget, SignalName } from "./options.ts";

type Variables = Record<string, string>;
type Resolved = Record<SignalName, ExportTarget> & { readonly said: readonly string[] };

function resolve(given: ExportOptions = {}, variables: Variables = {}): Resolved {
  const said: string[] = [];
  const environment = new Environment(variables, (sentence) => said.push(sentence));
  return { ...resolveOptions(given, environment).targets, said };
}

/** A variable by its suffix: for all signals, for traces, or for logs. */
const general = (suffix: string, value: string): Variables => ({
  [`OTEL_EXPORTER_OTLP_${suffix}`]: value,
});
const ofLogs = (suffix: string, value: string): Variables => ({
  [`OTEL_EXPORTER_OTLP_LOGS_${suffix}`]: value,
});

describe("code beats the signal's variable, which beats the general one, which beats the default (70)", () => {
  interface Case {
    readonly suffix: string;
    readonly read: (target: ExportTarget) => unknown;
    readonly byDefault: unknown;
    readonly general: [text: string, value: unknown];
    readonly ofLogs: [text: string, value: unknown];
    readonly inCode: [option: ExportOptions, value: unknown];
  }
  const cases: Case[] = [
    {
      suffix: "PROTOCOL",
      read: ({ protocol }) => protocol,
      byDefault: "http/protobuf",
      general: ["grpc", "grpc"],
      ofLogs: ["HTTP/JSON", "http/json"],
      inCode: [{ protocol: "http/protobuf" }, "http/protobuf"],
    },
    {
      suffix: "TIMEOUT",
      read: ({ timeoutMs }) => timeoutMs,
      byDefault: 10_000,
      general: ["2000", 2_000],
      ofLogs: ["3000", 3_000],
      inCode: [{ timeoutMs: 4_000 }, 4_000],
    },
    {
      suffix: "COMPRESSION",
      read: ({ compression }) => compression,
      byDefault: "none",
      general: ["gzip", "gzip"],
      ofLogs: ["zstd", "zstd"],
      inCode: [{ compression: "none" }, "none"],
    },
    {
      suffix: "HEADERS",
      read: ({ headers }) => headers["x-key"],
      byDefault: undefined,
      general: ["X-Key=one", "one"],
      ofLogs: ["x-key=t%77o%2C%20%3D", "two, ="],
      inCode: [{ headers: { "X-KEY": "three" } }, "three"],
    },
    {
      suffix: "ENDPOINT",
      read: ({ url }) => url,
      byDefault: "http://localhost:4318/v1/logs",
      general: ["http://general:1/base/", "http://general:1/base/v1/logs"],
      ofLogs: ["https://logs:2/as/it/is?a=1", "https://logs:2/as/it/is?a=1"],
      inCode: [{ endpoint: "https://code?key=1#x" }, "https://code/v1/logs?key=1"],
    },
  ];

  test.each(cases)("$suffix", (one) => {
    const variables = { ...general(one.suffix, one.general[0]) };
    expect(one.read(resolve().logs)).toBe(one.byDefault);
    expect(one.read(resolve({}, variables).logs)).toBe(one.general[1]);
    Object.assign(variables, ofLogs(one.suffix, one.ofLogs[0]));
    expect(one.read(resolve({}, variables).logs)).toBe(one.ofLogs[1]);
    expect(one.read(resolve(one.inCode[0], variables).logs)).toBe(one.inCode[1]);
    // Another signal is not touched by the variable of logs.
    const { traces } = resolve({}, variables);
    expect(String(one.read(traces)).replace("traces", "logs")).toBe(String(one.general[1]));
  });
});

describe("the address of gRPC", () => {
  const grpc = (endpoint?: string, tls: ExportOptions["tls"] = {}): ExportTarget =>
    resolve({ protocol: "grpc", tls, ...(endpoint === undefined ? {} : { endpoint }) }).traces;

  test("is port 4317 of this machine by default, without TLS", () => {
    expect(grpc()).toMatchObject({
      url: "http://localhost:4317",
      isSecure: false,
      isExplicit: false,
    });
  });

  test.each([
    ["http://collector:4317", "http://collector:4317", false],
    ["https://collector:4317/ignored/path", "https://collector:4317", true],
    ["HTTPS://Collector", "https://collector", true],
    ["collector:4317", "https://collector:4317", true],
    ["[::1]:4317", "https://[::1]:4317", true],
    ["unix:/run/otlp.sock", "unix:/run/otlp.sock", true],
    ["dns:///collector:4317", "dns:///collector:4317", true],
  ])("%s", (endpoint, url, isSecure) => {
    expect(grpc(endpoint)).toMatchObject({ url, isSecure, isExplicit: true });
  });

  test("without a scheme may be said to be insecure; a scheme is stronger", () => {
    expect(grpc("collector:4317", { insecure: true })).toMatchObject({
      url: "http://collector:4317",
      isSecure: false,
    });
    expect(grpc("https://collector:4317", { insecure: true }).isSecure).toBe(true);
    expect(grpc("unix:/run/otlp.sock", { insecure: true }).isSecure).toBe(false);
    const variables = {
      ...general("PROTOCOL", "grpc"),
      ...general("ENDPOINT", "collector:4317"),
      ...general("INSECURE", "true"),
      ...ofLogs("INSECURE", "false"),
    };
    const { traces, logs } = resolve({}, variables);
    expect([traces.isSecure, logs.isSecure]).toEqual([false, true]);
    expect(resolve({ tls: { insecure: false } }, variables).traces.isSecure).toBe(true);
  });

  test.each(["ftp://collector", "http://", "a b"])("is not %s", (endpoint) => {
    expect(() => grpc(endpoint)).toThrow(
      `Cannot use option endpoint "${endpoint}": it is neither an address such as http://host:4317`,
    );
  });

  test("each signal may have a protocol of its own", () => {
    const { traces, metrics, logs } = resolve(
      {},
      {
        ...general("PROTOCOL", "grpc"),
        ...ofLogs("PROTOCOL", "http/json"),
        ...general("ENDPOINT", "http://collector:9"),
      },
    );
    expect([traces.url, metrics.url, logs.url]).toEqual([
      "http://collector:9",
      "http://collector:9",
      "http://collector:9/v1/logs",
    ]);
  });

  test("gives way to HTTP where a dashboard is followed", () => {
    const { said: _, ...targets } = resolve({ protocol: "grpc" });
    expect(followBase(targets, "http://127.0.0.1:4320").traces).toMatchObject({
      protocol: "http/protobuf",
      url: "http://127.0.0.1:4320/v1/traces",
    });
  });
});

describe("HTTP in the place of gRPC", () => {
  const fallback = (given: ExportOptions): string | undefined =>
    resolve({ protocol: "grpc", ...given }).metrics.fallbackUrl;

  test("is nowhere unless it is allowed, and not needed by HTTP", () => {
    expect(fallback({})).toBeUndefined();
    expect(fallback({ httpFallback: false })).toBeUndefined();
    expect(resolve({ httpFallback: true }).metrics.fallbackUrl).toBeUndefined();
  });

  test("is the same host, or an address of its own", () => {
    expect(fallback({ httpFallback: true })).toBe("http://localhost:4318/v1/metrics");
    expect(fallback({ httpFallback: true, endpoint: "https://collector:4317" })).toBe(
      "https://collector:4318/v1/metrics",
    );
    expect(fallback({ httpFallback: true, endpoint: "https://collector:443" })).toBe(
      "https://collector/v1/metrics",
    );
    expect(fallback({ httpFallback: true, endpoint: "unix:/run/otlp.sock" })).toBeUndefined();
    expect(fallback({ httpFallback: "http://other:1/x" })).toBe("http://other:1/x/v1/metrics");
  });
});

describe("a wrong option throws, and says what is wrong", () => {
  test.each([
    [
      { protocol: "http" },
      "Cannot use option protocol: it must be one of http/protobuf, http/json",
    ],
    [
      { compression: "brotli" },
      "Cannot use option compression: it must be one of none, gzip, zstd",
    ],
    [{ requestSizeBytesMax: 0 }, "Cannot use option requestSizeBytesMax: it must be above 0"],
    [{ httpFallback: "4318" }, 'Cannot use option httpFallback "4318": it is not an address'],
    [{ tls: { ca: "/not/there.pem" } }, 'Cannot use option tls.ca "/not/there.pem": ENOENT'],
    [{ tls: { pem: "x" } }, "Cannot use option tls.pem: it has only ca, cert, key, insecure"],
    [{ tls: { ca: 1 } }, 'Cannot use option tls: "ca" must be a text'],
    [{ headers: ["a"] }, "Cannot use option headers: it must be an object, it is a list"],
    [{ tls: { cert: "-----BEGIN X" } }, "Cannot use option tls.cert: a certificate and its key"],
    [
      { protocol: "grpc", transport: () => Promise.reject(new Error("unused")) },
      "Cannot use option transport with protocol grpc: it takes HTTP requests",
    ],
  ] as unknown as [ExportOptions, string][])("%j", (options, message) => {
    expect(() => resolve(options)).toThrow(message);
  });

  test("a header's value is never repeated", () => {
    const headers = { authorization: "secret\nsecret" };
    expect(() => resolve({ headers })).toThrow(
      'Cannot use option headers: "authorization" or its value is no HTTP header',
    );
    expect(() => resolve({ headers })).not.toThrow("secret");
  });
});

describe("a wrong variable is said once and ignored", () => {
  test.each([
    ["ENDPOINT", "localhost:4318", "not an address that starts with http:// or https://"],
    ["PROTOCOL", "http", "not one of http/protobuf, http/json, grpc"],
    ["COMPRESSION", "brotli", "not one of none, gzip, zstd"],
    ["TIMEOUT", "soon", "not a whole number of 0 or more"],
  ])("%s", (suffix, value, state) => {
    const { said, ...targets } = resolve({}, general(suffix, value));
    expect(said).toEqual([
      `Cannot use OTEL_EXPORTER_OTLP_${suffix}: its value is ${state}, and is ignored`,
    ]);
    const { said: _, ...usual } = resolve();
    expect(targets).toEqual(usual);
  });

  test("a header that is none, without its value", () => {
    const { said, traces } = resolve({}, general("HEADERS", "a b=secret,c=d%0Asecret,e=f"));
    expect(said).toEqual([
      'Cannot use OTEL_EXPORTER_OTLP_HEADERS: "a b" or its value is no HTTP header, and is ignored',
      'Cannot use OTEL_EXPORTER_OTLP_HEADERS: "c" or its value is no HTTP header, and is ignored',
    ]);
    expect(traces.headers).toEqual({ e: "f" });
  });

  test("gRPC is not what a transport of the app's own takes", () => {
    const transport = (): Promise<never> => Promise.reject(new Error("unused"));
    const { traces } = resolve({ transport }, general("PROTOCOL", "grpc"));
    expect(traces).toMatchObject({
      protocol: "http/protobuf",
      url: "http://localhost:4318/v1/traces",
    });
  });
});

test("a timeout of 0 in a variable is none, as the specification says", () => {
  expect(resolve({}, general("TIMEOUT", "0")).traces.timeoutMs).toBe(2_147_483_647);
  expect(resolve({ timeoutMs: 1e12 }).traces.timeoutMs).toBe(2_147_483_647);
});

describe("a further destination", () => {
  test("has the same options, and nothing of the environment", () => {
    const environment = new Environment({ ...general("PROTOCOL", "http/json") }, () => {});
    const { destinations } = resolveOptions(
      {
        destinations: [
          { endpoint: "collector:4317", protocol: "grpc", tls: { insecure: true } },
          { endpoint: "unix:/run/otlp.sock", protocol: "grpc", httpFallback: "http://a:1" },
          { endpoint: "https://vendor", compression: "zstd", requestSizeBytesMax: 1_000 },
        ],
      },
      environment,
    );
    expect(destinations.map(({ name, targets }) => ({ name, ...targets.logs }))).toMatchObject([
      { name: "collector_4317", protocol: "grpc", url: "http://collector:4317" },
      { name: "run_otlp.sock", fallbackUrl: "http://a:1/v1/logs" },
      {
        name: "vendor",
        protocol: "http/protobuf",
        compression: "zstd",
        requestSizeBytesMax: 1_000,
      },
    ]);
  });

  test("names itself in what is wrong", () => {
    const wrong =
      (options: object): (() => unknown) =>
      () =>
        resolveOptions(
          { destinations: [{ endpoint: "http://a", ...options }] },
          new Environment({}, () => {}),
        );
    expect(wrong({ protocol: "udp" })).toThrow(
      "Cannot use option destinations[0].protocol: it must",
    );
    expect(wrong({ tls: { ca: "/no" } })).toThrow('option destinations[0].tls.ca "/no": ENOENT');
    expect(wrong({ transport: () => {} })).toThrow(
      "option destinations[0].transport: a destination",
    );
  });
});

test("zstd on a Node without it is gzip, which is said once", () => {
  vi.spyOn(process, "getBuiltinModule").mockReturnValue({});
  const { said, logs } = resolve({}, general("COMPRESSION", "zstd"));
  vi.restoreAllMocks();
  expect(logs.compression).toBe("gzip");
  expect(said).toEqual([
    `Cannot use compression zstd: Node ${process.versions.node} does not have it; gzip is used`,
  ]);
});

test("zstd over gRPC is gzip, which is said once", () => {
  const { said, traces } = resolve({ protocol: "grpc", compression: "zstd" });
  expect(traces.compression).toBe("gzip");
  expect(said).toEqual([
    "Cannot use compression zstd: the package for gRPC does not know it; gzip is used",
  ]);
});

describe("certificates", () => {
  let folder: string;
  let authority: Certificate;
  let client: Certificate;
  let other: Certificate;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "telemetry-tls-"));
    const signing = new Authority();
    authority = signing.certificate;
    client = signing.issue("client");
    other = signing.issue("other client");
    for (const [name, text] of [
      ["ca.pem", authority.cert],
      ["client.pem", client.cert],
      ["client.key", client.key],
      ["other.pem", other.cert],
      ["other.key", other.key],
      ["no.pem", "not a certificate"],
    ] as const) {
      writeFileSync(join(folder, name), text);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string): string => join(folder, name);

  test("are PEM texts or files in code", () => {
    const inFiles = resolve({
      tls: { ca: file("ca.pem"), cert: file("client.pem"), key: file("client.key") },
    });
    const asTexts = resolve({ tls: { ca: authority.cert, ...client } });
    expect(inFiles.traces.tls).toEqual({ ca: authority.cert, cert: client.cert, key: client.key });
    expect(asTexts.logs.tls).toEqual(inFiles.logs.tls);
  });

  test("are files in variables, of all signals or of one (70)", () => {
    const variables = {
      ...general("CERTIFICATE", file("ca.pem")),
      ...general("CLIENT_CERTIFICATE", file("client.pem")),
      ...general("CLIENT_KEY", file("client.key")),
      ...ofLogs("CLIENT_CERTIFICATE", file("other.pem")),
      ...ofLogs("CLIENT_KEY", file("other.key")),
    };
    const { traces, logs } = resolve({}, variables);
    expect(traces.tls).toEqual({ ca: authority.cert, cert: client.cert, key: client.key });
    expect(logs.tls).toEqual({ ca: authority.cert, cert: other.cert, key: other.key });
    // Code wins, and a certificate is never paired with a key from elsewhere.
    expect(resolve({ tls: { ca: client.cert } }, variables).traces.tls.ca).toBe(client.cert);
    expect(resolve({ tls: other }, variables).traces.tls).toEqual({ ...other, ca: authority.cert });
  });

  test("in variables that cannot be used are said once and ignored", () => {
    for (const [variables, sentence] of [
      [
        general("CERTIFICATE", "/not/there"),
        'OTLP_CERTIFICATE "/not/there": ENOENT; it is ignored',
      ],
      [ofLogs("CLIENT_KEY", file("client.key")), "OTLP_LOGS_CLIENT_KEY: a certificate and its key"],
      [
        {
          ...general("CLIENT_CERTIFICATE", file("no.pem")),
          ...general("CLIENT_KEY", file("client.key")),
        },
        "Cannot use OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: ",
      ],
    ] as const) {
      const { said, logs } = resolve({}, variables);
      expect(said).toHaveLength(1);
      expect(said[0]).toContain(sentence);
      expect(logs.tls).toEqual({});
    }
  });
});
