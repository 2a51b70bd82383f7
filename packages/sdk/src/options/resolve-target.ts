// resolve-target.ts — where and how one signal is sent: options and variables to one complete target.
//
//   option in code  >  OTEL_EXPORTER_OTLP_<SIGNAL>_…  >  OTEL_EXPORTER_OTLP_…  >  default
//
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/#configuration-options

import { checkExportOptions } from "./check-export-options.ts";
import { parsed } from "./checks.ts";
import type { Environment } from "./environment.ts";
import {
  checkedHttpUrl,
  DEFAULT_ENDPOINTS,
  grpcAddress,
  httpBeside,
  signalUrl,
} from "./endpoint.ts";
import { COMPRESSIONS, EXPORT_PROTOCOLS, SIGNALS } from "./export-options.ts";
import type {
  Compression,
  ExportOptions,
  ExportProtocol,
  ExportTarget,
  SignalName,
} from "./export-options.ts";
import { headersOf, lowerCase } from "./headers.ts";
import { resolveTls } from "./tls.ts";

const DEFAULT_TIMEOUT_MS = 10_000;
/** What a timer can wait for: 24 days, as good as no limit. */
const TIMEOUT_MS_MAX = 2_147_483_647;
/** OTLP recommends it for senders and for receivers. */
const DEFAULT_REQUEST_SIZE_BYTES_MAX = 64 * 1_048_576;

/**
 * Throws a TypeError or RangeError that names the option which cannot be used; `at` stands before the name of each.
 */
export function resolveTargets(
  given: ExportOptions,
  environment: Environment,
  at = "",
): Record<SignalName, ExportTarget> {
  checkExportOptions(given, at);
  return {
    traces: resolveTarget("traces", given, environment, at),
    metrics: resolveTarget("metrics", given, environment, at),
    logs: resolveTarget("logs", given, environment, at),
  };
}

/** Every target with its address replaced by `base`, an HTTP receiver, where nobody chose another one. */
export function followBase(
  targets: Readonly<Record<SignalName, ExportTarget>>,
  base: string,
): Record<SignalName, ExportTarget> {
  const followed = { ...targets };
  for (const signal of SIGNALS) {
    if (targets[signal].isExplicit) continue;
    followed[signal] = overHttp(targets[signal], signalUrl(base, signal));
  }
  return followed;
}

/** The target with its address at an HTTP receiver. */
export function overHttp(target: ExportTarget, url: string): ExportTarget {
  return {
    ...target,
    url,
    protocol: target.protocol === "grpc" ? "http/protobuf" : target.protocol,
  };
}

function resolveTarget(
  signal: SignalName,
  given: ExportOptions,
  environment: Environment,
  at: string,
): ExportTarget {
  const upper = signal.toUpperCase();
  const of = <T>(read: (name: string) => T | undefined, suffix: string): T | undefined =>
    read(`OTEL_EXPORTER_OTLP_${upper}_${suffix}`) ?? read(`OTEL_EXPORTER_OTLP_${suffix}`);
  const protocol = protocolOf(given, environment, signal);
  const isInsecure =
    given.tls?.insecure ?? of((name) => environment.flag(name), "INSECURE") ?? false;
  const address = addressOf(signal, given, environment, { protocol, isInsecure, at });
  return {
    protocol,
    ...address,
    headers: {
      ...headersOf(environment, "OTEL_EXPORTER_OTLP_HEADERS"),
      ...headersOf(environment, `OTEL_EXPORTER_OTLP_${upper}_HEADERS`),
      ...lowerCase(given.headers ?? {}),
    },
    timeoutMs: timerMs(
      given.timeoutMs ?? of((name) => environment.count(name), "TIMEOUT") ?? DEFAULT_TIMEOUT_MS,
    ),
    compression: usable(
      given.compression ??
        of((name) => environment.choice(name, COMPRESSIONS), "COMPRESSION") ??
        "none",
      protocol,
      environment,
    ),
    requestSizeBytesMax: given.requestSizeBytesMax ?? DEFAULT_REQUEST_SIZE_BYTES_MAX,
    tls: resolveTls(given.tls ?? {}, environment, signal, `${at}tls`),
    fallbackUrl: protocol === "grpc" ? fallbackOf(given, address.url, signal) : undefined,
    enabled: environment.choice(`OTEL_${upper}_EXPORTER`, ["otlp", "none"] as const) !== "none",
  };
}

function protocolOf(
  given: ExportOptions,
  environment: Environment,
  signal: SignalName,
): ExportProtocol {
  const protocol =
    given.protocol ??
    environment.choice(`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_PROTOCOL`, EXPORT_PROTOCOLS) ??
    environment.choice("OTEL_EXPORTER_OTLP_PROTOCOL", EXPORT_PROTOCOLS) ??
    "http/protobuf";
  // A transport of the app's own takes HTTP requests, whatever the environment says.
  return protocol === "grpc" && given.transport !== undefined ? "http/protobuf" : protocol;
}

interface AddressForm {
  readonly protocol: ExportProtocol;
  readonly isInsecure: boolean;
  readonly at: string;
}

function addressOf(
  signal: SignalName,
  given: ExportOptions,
  environment: Environment,
  { protocol, isInsecure, at }: AddressForm,
): Pick<ExportTarget, "url" | "isSecure" | "isExplicit"> {
  const asBase = (text: string): Pick<ExportTarget, "url" | "isSecure"> =>
    protocol === "grpc" ? grpcAddress(text, isInsecure) : httpAddress(signalUrl(text, signal));
  const asItIs = (text: string): Pick<ExportTarget, "url" | "isSecure"> =>
    protocol === "grpc" ? grpcAddress(text, isInsecure) : httpAddress(checkedHttpUrl(text));
  if (given.endpoint !== undefined) {
    return { ...parsed(`${at}endpoint`, given.endpoint, asBase), isExplicit: true };
  }
  const chosen =
    environment.parsed(`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`, asItIs) ??
    environment.parsed("OTEL_EXPORTER_OTLP_ENDPOINT", asBase);
  return chosen === undefined
    ? { ...asBase(DEFAULT_ENDPOINTS[protocol]), isExplicit: false }
    : { ...chosen, isExplicit: true };
}

function httpAddress(url: string): Pick<ExportTarget, "url" | "isSecure"> {
  return { url, isSecure: /^https:/iu.test(url) };
}

function fallbackOf(
  { httpFallback = false }: ExportOptions,
  grpcUrl: string,
  signal: SignalName,
): string | undefined {
  const base = httpFallback === true ? httpBeside(grpcUrl) : httpFallback || undefined;
  return base === undefined ? undefined : signalUrl(base, signal);
}

/** 0 in a variable means no limit. */
function timerMs(timeoutMs: number): number {
  return timeoutMs === 0 ? TIMEOUT_MS_MAX : Math.min(timeoutMs, TIMEOUT_MS_MAX);
}

/** zstd where it can be had, else gzip. */
function usable(
  compression: Compression,
  protocol: ExportProtocol,
  environment: Environment,
): Compression {
  if (compression !== "zstd") return compression;
  const missing =
    protocol === "grpc"
      ? "the package for gRPC does not know it"
      : process.getBuiltinModule("node:zlib").zstdCompress === undefined
        ? `Node ${process.versions.node} does not have it`
        : undefined;
  if (missing === undefined) return "zstd";
  environment.say(`Cannot use compression zstd: ${missing}; gzip is used`);
  return "gzip";
}
