// options.ts — the command line and the environment, as options of `openDashboard`.
//
// Every option can be set as `--name value` or as TELEMETRY_NAME=value; the command line wins, and an empty
// variable is as good as none. What is wrong is said with its name, as it was written.

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { DashboardOptions } from "../dashboard.ts";
import type { TlsFiles } from "../listen/listen.ts";
import type { SenderLimits } from "../receive/receive.ts";
import { defaultDataDirectory } from "./data-directory.ts";
import { parseDurationMs, parseSizeBytes } from "./units.ts";

/** What a person typed cannot be followed; the message is all that they need to see. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface CommandLine {
  readonly action: "run" | "help" | "version";
  readonly dashboard: DashboardOptions;
  readonly jsonLogs: boolean;
  /** The command ends when its standard input does, and says on standard output when it is ready, as JSON. */
  readonly parentPipe: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface OptionText {
  readonly placeholder: string;
  readonly help: string;
}

/** In the order of `--help`. An option without a placeholder is a switch. */
const OPTIONS: Readonly<Record<string, OptionText>> = {
  port: { placeholder: "4320", help: "page and API; 0 takes any free port" },
  "otlp-http-port": { placeholder: "4318", help: "OTLP over HTTP; 0 any free port, off closes it" },
  "otlp-grpc-port": { placeholder: "4317", help: "OTLP over gRPC; 0 any free port, off closes it" },
  host: { placeholder: "127.0.0.1", help: "address to listen on; any but loopback needs --token" },
  data: { placeholder: "DIR", help: `data folder (default: ${defaultDataDirectory()})` },
  token: { placeholder: "TOKEN", help: "what senders and people must present" },
  "tls-cert": { placeholder: "FILE", help: "speak TLS on all ports, with this certificate (PEM)" },
  "tls-key": { placeholder: "FILE", help: "its private key" },
  "tls-client-ca": { placeholder: "FILE", help: "ask clients for certificates of this authority" },
  "cors-origins": { placeholder: "ORIGIN,…", help: "pages that may send OTLP: https://a.example" },
  "sender-limit-bytes": { placeholder: "64MB", help: "OTLP that one sender may send per second" },
  "sender-limit-requests": { placeholder: "100", help: "requests of one sender per second" },
  clickhouse: { placeholder: "URL", help: "use this ClickHouse instead of the one inside" },
  retention: { placeholder: "7d", help: "how long data is kept: 12h, 7d, 4w" },
  "retention-bytes": { placeholder: "10GB", help: "how much is kept; the oldest goes first" },
  "spool-bytes": { placeholder: "4GiB", help: "how much may wait for ClickHouse" },
  "engine-memory": { placeholder: "2GiB", help: "memory limit of the ClickHouse inside" },
  fsync: { placeholder: "", help: "what is stored survives a power cut, too; slower" },
  "json-logs": { placeholder: "", help: "one JSON object per line instead of text" },
  "parent-pipe": { placeholder: "", help: "end when standard input ends" },
  help: { placeholder: "", help: "this text" },
  version: { placeholder: "", help: "the version" },
};

/** @throws {UsageError} for an unknown option, or a value that cannot be read. */
export function parseCommandLine(args: readonly string[], env: Environment): CommandLine {
  const values = new Values(args, env);
  const dashboard: DashboardOptions = {
    dataDirectory: resolve(values.text("data") ?? defaultDataDirectory()),
    ...defined("host", values.text("host")),
    ...defined("port", values.port("port")),
    ...defined("otlpHttpPort", values.portOrOff("otlp-http-port")),
    ...defined("otlpGrpcPort", values.portOrOff("otlp-grpc-port")),
    ...defined("token", values.text("token")),
    ...defined("clickhouseUrl", values.text("clickhouse")),
    ...defined(
      "retentionMs",
      values.quantity("retention", parseRetentionMs, "12h or 7d, at most 18000d"),
    ),
    ...defined("retentionBytes", values.quantity("retention-bytes", parseSizeBytes, "10GB")),
    ...defined(
      "spoolBytes",
      values.quantity("spool-bytes", parseSpoolBytes, "4GiB, at least 128MiB"),
    ),
    ...defined("engineMemoryBytes", values.quantity("engine-memory", parseSizeBytes, "2GiB")),
    ...defined("tls", tlsFilesOf(values)),
    ...defined("corsOrigins", values.origins("cors-origins")),
    ...defined("senderLimits", senderLimitsOf(values)),
    ...defined("fsync", fsyncOf(values)),
  };
  const isHelp = values.isSet("help");
  return {
    action: isHelp ? "help" : values.isSet("version") ? "version" : "run",
    dashboard,
    jsonLogs: values.isSet("json-logs"),
    parentPipe: values.isSet("parent-pipe"),
  };
}

/** Certificate and key, or neither. */
function tlsFilesOf(values: Values): TlsFiles | undefined {
  const cert = values.path("tls-cert");
  const key = values.path("tls-key");
  const clientCa = values.path("tls-client-ca");
  if (cert !== undefined && key !== undefined)
    return { cert, key, ...defined("clientCa", clientCa) };
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined;
  throw new UsageError(
    `Cannot speak TLS: --${cert === undefined ? "tls-cert" : "tls-key"} is missing`,
  );
}

function fsyncOf(values: Values): true | undefined {
  if (!values.isSet("fsync")) return undefined;
  if (values.text("clickhouse") === undefined) return true;
  throw new UsageError(
    "Cannot use --fsync with --clickhouse: that server decides itself when its parts are on the disk",
  );
}

function senderLimitsOf(values: Values): SenderLimits | undefined {
  const limits: SenderLimits = {
    ...defined("bytesPerSecond", values.quantity("sender-limit-bytes", parseSizeBytes, "64MB")),
    ...defined("requestsPerSecond", values.quantity("sender-limit-requests", parseCount, "100")),
  };
  return Object.keys(limits).length === 0 ? undefined : limits;
}

function parseCount(text: string): number | undefined {
  const count = Number(text);
  return /^\d+(\.\d+)?$/.test(text) && count > 0 ? count : undefined;
}

/** ClickHouse computes the end of a row's life in 32-bit seconds, which overflow in 2106: a longer one would end at once. */
const RETENTION_MS_MAX = 18_000 * 86_400_000;

function parseRetentionMs(text: string): number | undefined {
  const ms = parseDurationMs(text);
  return ms === undefined || ms > RETENTION_MS_MAX ? undefined : ms;
}

/** Twice the largest request, or it would never fit. */
const SPOOL_BYTES_MIN = 128 * 1_048_576;

function parseSpoolBytes(text: string): number | undefined {
  const sizeBytes = parseSizeBytes(text);
  return sizeBytes === undefined || sizeBytes < SPOOL_BYTES_MIN ? undefined : sizeBytes;
}

export function helpText(): string {
  const rows = Object.entries(OPTIONS).map(([name, { placeholder, help }]) => {
    return `  ${`--${name} ${placeholder}`.padEnd(30)}${help}`;
  });
  return `Usage: telemetry [options]

Receives OpenTelemetry over HTTP and gRPC, keeps it in a ClickHouse inside, and shows it live.

${rows.join("\n")}

Each option is also an environment variable: TELEMETRY_OTLP_HTTP_PORT=off.
`;
}

/** The value of each option, from wherever it was set, with the name under which to complain about it. */
class Values {
  readonly #fromArgs: Readonly<Record<string, string | boolean | undefined>>;
  readonly #env: Environment;

  constructor(args: readonly string[], env: Environment) {
    this.#fromArgs = parseOptions(args);
    this.#env = env;
  }

  text(name: string): string | undefined {
    const value = this.#fromArgs[name] ?? this.#env[variableOf(name)];
    return value === undefined || value === "" ? undefined : String(value);
  }

  /** A path, from where the person stands. */
  path(name: string): string | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : resolve(text);
  }

  /** A list of origins. "*" is none: whoever may send is named. */
  origins(name: string): readonly string[] | undefined {
    return this.text(name)
      ?.split(",")
      .map((origin) => {
        const isOrigin = URL.canParse(origin.trim()) && /^https?:$/.test(new URL(origin).protocol);
        const url = isOrigin ? new URL(origin.trim()) : undefined;
        if (url === undefined || url.pathname !== "/" || url.search !== "" || url.hash !== "") {
          throw this.#wrong(name, "origins such as https://shop.example,http://localhost:5173");
        }
        return url.origin;
      });
  }

  isSet(name: string): boolean {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined || text === "true" || text === "1") return text !== undefined;
    if (text === "false" || text === "0") return false;
    throw this.#wrong(name, "true or false");
  }

  port(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const port = Number(text);
    if (!/^\d+$/.test(text) || port > 65_535) throw this.#wrong(name, "a port from 0 to 65535");
    return port;
  }

  portOrOff(name: string): number | "off" | undefined {
    return this.text(name)?.toLowerCase() === "off" ? "off" : this.port(name);
  }

  quantity(
    name: string,
    parse: (text: string) => number | undefined,
    example: string,
  ): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) throw this.#wrong(name, `a value such as ${example}`);
    return value;
  }

  #wrong(name: string, expected: string): UsageError {
    const origin = this.#fromArgs[name] === undefined ? variableOf(name) : `--${name}`;
    return new UsageError(`Cannot read ${origin} "${this.text(name)}": it must be ${expected}`);
  }
}

function parseOptions(args: readonly string[]): Record<string, string | boolean | undefined> {
  const options = Object.fromEntries(
    Object.entries(OPTIONS).map(([name, { placeholder }]) => {
      return [name, { type: placeholder === "" ? "boolean" : "string" } as const];
    }),
  );
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    const reason = (error as Error).message.split(". ", 1)[0]!;
    throw new UsageError(
      `Cannot read the command line: ${reason}; telemetry --help lists the options`,
    );
  }
}

function variableOf(name: string): string {
  return `TELEMETRY_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** An object with the field, unless its value is undefined. */
function defined<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}
