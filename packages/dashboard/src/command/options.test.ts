import { describe, expect, test } from "vitest";
import { defaultDataDirectory } from "./data-directory.ts";
import { helpText, parseCommandLine, UsageError } from "./options.ts";
import { parseDurationMs, parseSizeBytes } from "./units.ts";

describe("parseCommandLine", () => {
  test("without anything runs on the defaults of openDashboard, in the person's data folder", () => {
    expect(parseCommandLine([], {})).toEqual({
      action: "run",
      dashboard: { dataDirectory: defaultDataDirectory() },
      jsonLogs: false,
      parentPipe: false,
    });
  });

  test("reads every option", () => {
    const args = [
      ["--port", "0", "--otlp-http-port=off", "--otlp-grpc-port", "4000", "--host", "0.0.0.0"],
      ["--data", "/var/t", "--token", "s3cret"],
      ["--retention", "12h", "--retention-bytes", "10GB", "--engine-memory", "2GiB"],
      ["--spool-bytes", "1GiB"],
      ["--tls-cert", "/etc/t/cert.pem", "--tls-key", "/etc/t/key.pem"],
      ["--tls-client-ca", "/etc/t/ca.pem", "--fsync"],
      ["--cors-origins", "https://Shop.example/, http://localhost:5173"],
      ["--sender-limit-bytes", "64MB", "--sender-limit-requests", "0.5"],
      ["--json-logs", "--parent-pipe"],
    ].flat();
    expect(parseCommandLine(args, {})).toEqual({
      action: "run",
      dashboard: {
        port: 0,
        otlpHttpPort: "off",
        otlpGrpcPort: 4000,
        host: "0.0.0.0",
        dataDirectory: "/var/t",
        token: "s3cret",
        retentionMs: 43_200_000,
        retentionBytes: 10_000_000_000,
        spoolBytes: 1_073_741_824,
        engineMemoryBytes: 2_147_483_648,
        tls: { cert: "/etc/t/cert.pem", key: "/etc/t/key.pem", clientCa: "/etc/t/ca.pem" },
        fsync: true,
        corsOrigins: ["https://shop.example", "http://localhost:5173"],
        senderLimits: { bytesPerSecond: 64_000_000, requestsPerSecond: 0.5 },
      },
      jsonLogs: true,
      parentPipe: true,
    });
  });

  test("a ClickHouse by URL", () => {
    const { dashboard } = parseCommandLine(["--clickhouse", "https://ch:8443"], {});
    expect(dashboard.clickhouseUrl).toBe("https://ch:8443");
  });

  test("reads the environment, which the command line overrules; an empty variable is none", () => {
    const env = {
      TELEMETRY_PORT: "5000",
      TELEMETRY_OTLP_GRPC_PORT: "off",
      TELEMETRY_JSON_LOGS: "1",
      TELEMETRY_TOKEN: "",
      TELEMETRY_PARENT_PIPE: "false",
    };
    const { dashboard, jsonLogs, parentPipe } = parseCommandLine(["--port", "6000"], env);
    expect(dashboard).toEqual({
      dataDirectory: defaultDataDirectory(),
      port: 6000,
      otlpGrpcPort: "off",
    });
    expect([jsonLogs, parentPipe]).toEqual([true, false]);
  });

  test.each([
    [["--port", "70000"], {}, 'Cannot read --port "70000": it must be a port from 0 to 65535'],
    [
      [],
      { TELEMETRY_PORT: "x" },
      'Cannot read TELEMETRY_PORT "x": it must be a port from 0 to 65535',
    ],
    [
      ["--retention", "week"],
      {},
      'Cannot read --retention "week": it must be a value such as 12h or 7d, at most 18000d',
    ],
    [
      ["--retention", "36500d"],
      {},
      'Cannot read --retention "36500d": it must be a value such as 12h or 7d, at most 18000d',
    ],
    [
      ["--retention-bytes", "0GB"],
      {},
      'Cannot read --retention-bytes "0GB": it must be a value such as 10GB',
    ],
    [
      ["--spool-bytes", "1MiB"],
      {},
      'Cannot read --spool-bytes "1MiB": it must be a value such as 4GiB, at least 128MiB',
    ],
    [
      [],
      { TELEMETRY_JSON_LOGS: "maybe" },
      'Cannot read TELEMETRY_JSON_LOGS "maybe": it must be true or false',
    ],
    [
      ["--fsync", "--clickhouse", "https://ch:8443"],
      {},
      "Cannot use --fsync with --clickhouse: that server decides itself when its parts are on the disk",
    ],
    [["--tls-cert", "x.pem"], {}, "Cannot speak TLS: --tls-key is missing"],
    [["--tls-client-ca", "x.pem"], {}, "Cannot speak TLS: --tls-cert is missing"],
    [
      ["--cors-origins", "*"],
      {},
      'Cannot read --cors-origins "*": it must be origins such as https://shop.example,http://localhost:5173',
    ],
    [
      [],
      { TELEMETRY_CORS_ORIGINS: "https://a.example/path" },
      'Cannot read TELEMETRY_CORS_ORIGINS "https://a.example/path": it must be origins such as',
    ],
    [
      ["--sender-limit-requests", "many"],
      {},
      'Cannot read --sender-limit-requests "many": it must be a value such as 100',
    ],
    [
      ["--prot", "1"],
      {},
      "Cannot read the command line: Unknown option '--prot'; telemetry --help lists the options",
    ],
    [["4320"], {}, "Cannot read the command line: Unexpected argument '4320'"],
  ])("refuses %j with %j in one sentence", (args, env, sentence) => {
    expect(() => parseCommandLine(args, env)).toThrow(UsageError);
    expect(() => parseCommandLine(args, env)).toThrow(sentence);
  });

  test("help wins over version, and lists every option", () => {
    expect(parseCommandLine(["--version", "--help"], {}).action).toBe("help");
    expect(parseCommandLine(["--version"], {}).action).toBe("version");
    for (const name of [
      "port",
      "otlp-http-port",
      "otlp-grpc-port",
      "host",
      "data",
      "token",
      "clickhouse",
      "retention",
      "retention-bytes",
      "spool-bytes",
      "engine-memory",
      "json-logs",
      "tls-cert",
      "tls-key",
      "tls-client-ca",
      "cors-origins",
      "sender-limit-bytes",
      "sender-limit-requests",
      "fsync",
    ]) {
      expect(helpText()).toContain(`--${name} `);
    }
  });
});

test("the data folder follows the custom of the platform", () => {
  const at = (platform: NodeJS.Platform, env: Record<string, string> = {}) =>
    defaultDataDirectory({
      platform,
      home: platform === "win32" ? "C:\\Users\\a" : "/home/a",
      env,
    });

  expect(at("linux")).toBe("/home/a/.local/share/telemetry");
  expect(at("linux", { XDG_DATA_HOME: "/data" })).toBe("/data/telemetry");
  expect(at("linux", { XDG_DATA_HOME: "relative" })).toBe("/home/a/.local/share/telemetry");
  expect(at("darwin")).toBe("/home/a/Library/Application Support/telemetry");
  expect(at("win32")).toBe("C:\\Users\\a\\AppData\\Local\\telemetry");
  expect(at("win32", { LOCALAPPDATA: "D:\\local" })).toBe("D:\\local\\telemetry");
});

test("durations and sizes are read as people write them", () => {
  expect(["500ms", "90s", "1.5h", "7d", "2w", "1M"].map(parseDurationMs)).toEqual([
    500, 90_000, 5_400_000, 604_800_000, 1_209_600_000, 60_000,
  ]);
  expect(["10GB", "512 MiB", "1kb", "3b"].map(parseSizeBytes)).toEqual([
    1e10, 536_870_912, 1_000, 3,
  ]);
  for (const bad of ["", "7", "d", "-1d", "1 day", "0d", "NaNd"]) {
    expect(parseDurationMs(bad), bad).toBeUndefined();
    expect(parseSizeBytes(bad), bad).toBeUndefined();
  }
});
