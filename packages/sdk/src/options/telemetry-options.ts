// telemetry-options.ts — everything that can be configured, and what it is when everything is filled in.
//
//   option in code  >  variable of the signal  >  general variable  >  default
//
// A wrong option throws here, while the app starts; a wrong variable is said once and ignored.

import type { Attributes, TextMapPropagator } from "@opentelemetry/api";
import type { RedactOptions } from "../redact/redact.ts";
import type { ClockOptions } from "../clock/clock.ts";
import type { LogLevel } from "../diagnostics/diagnostics.ts";
import type {
  IdGenerator,
  Instrumentation,
  ResourceDetector,
  Sampler,
  SpanExporter,
  SpanProcessor,
} from "../foreign/foreign.ts";
import type { LogsOptions } from "../logs/logs.ts";
import type { MetricsOptions } from "../metrics/metrics.ts";
import type { IgnorePattern, SampleRules } from "../trace/trace.ts";
import type { Environment } from "./environment.ts";
import type { ExportOptions, ExportTarget, SignalName } from "./export-options.ts";

/** A further receiver, beside the main one. Nothing of it comes from the environment. */
export interface DestinationOptions extends Omit<ExportOptions, "transport"> {
  /** In `status()`, in sentences, and its folder in a spool: letters, digits, `.`, `_`, `-`. Default: host and port. */
  name?: string;
  /** Base address of an OTLP receiver: over HTTP `/v1/traces` and so on are added. */
  endpoint: string;
  /** What it gets. Default: traces, metrics and logs. */
  signals?: readonly SignalName[];
}

/** Where requests are kept until a receiver has them. */
export interface SpoolOptions {
  /** A folder, which is made when it is needed. Processes that share it must send to the same destinations. */
  directory: string;
  /** Of the disk, for each destination. Default 268 435 456 (256 MiB). What comes beyond waits in memory. */
  sizeBytesMax?: number;
}

/** A further receiver with every default filled in. */
export interface ResolvedDestination {
  readonly name: string;
  readonly targets: Readonly<Record<SignalName, ExportTarget>>;
}

/** Limits of the specification for what one span may hold. */
export interface SpanLimits {
  attributeCount: number;
  /** Longer strings are cut, in arrays and maps too. Characters. */
  attributeValueLength: number;
  eventCount: number;
  linkCount: number;
  attributesPerEvent: number;
  attributesPerLink: number;
}

/** How records are collected before they are sent. */
export interface BatchLimits {
  /** Time between exports; undefined follows the pace of the receiver, else 5 000 ms for spans. */
  delayMs: number | undefined;
  /** Records in one request. */
  size: number;
  /** Records kept while they cannot be sent; the newest beyond are dropped and counted. */
  queueSize: number;
  /** For sending one batch, with its retries, where `timeoutMs` is not shorter. 30 000 ms. */
  exportTimeoutMs: number;
}

export interface TelemetryOptions extends ExportOptions {
  /** `service.name`. Default: OTEL_SERVICE_NAME. */
  serviceName?: string;
  /** `service.version`. */
  serviceVersion?: string;
  /** `deployment.environment.name`, such as "production". */
  environment?: string;
  /** Further attributes of the resource. */
  resourceAttributes?: Attributes;
  /** Detectors of OpenTelemetry JS that find further attributes of the resource. */
  resourceDetectors?: readonly ResourceDetector[];
  /** `false`, like OTEL_SDK_DISABLED=true, records nothing. */
  enabled?: boolean;
  /**
   * Receivers that get everything as well, beside the main one that `endpoint` names. Each has its own queue and
   * retries, so one that is away delays no other.
   */
  destinations?: readonly DestinationOptions[];
  /** Keeps every request on disk until it is delivered, also over the end of the process. Default: in memory. */
  spool?: SpoolOptions;
  /** How spans are collected. Logs and metrics have their own options. */
  batch?: Partial<BatchLimits>;
  /** Which traces are recorded: a sampler, or the share of new traces between 0 and 1. Default: all. */
  sampler?: Sampler | number;
  /**
   * Which traces are kept, decided when this process has done its part of them:
   * `{ errors: 1, slowMs: 500, rest: 0.05 }` keeps those with an error, the slow ones, and a twentieth of the rest.
   */
  sample?: SampleRules;
  /** Requests that are not recorded, nor what is below them: paths, `/assets/*` for all that begin so, or RegExps. */
  ignore?: readonly IgnorePattern[];
  spanLimits?: Partial<SpanLimits>;
  /** Entries of the baggage that become attributes of every span, by name. Default: none. */
  baggageAttributes?: readonly string[];
  /** What must not leave the process; `false` sends everything. Default: see docs/guide/sdk.md. */
  redact?: RedactOptions | false;
  /** How metrics are aggregated and exported. */
  metrics?: MetricsOptions;
  /** Whether the process reports its CPU, memory and event loop. Default true. */
  runtimeMetrics?: boolean;
  /** How log records are collected and limited. */
  logs?: LogsOptions;
  /**
   * Address of the dashboard for `registerView` and `updateDisplay`, with `#token=…` where it needs one. Default: the one
   * that this app started, else the endpoint if it is one.
   */
  dashboard?: string;
  /** Instrumentations of OpenTelemetry JS, such as `new HttpInstrumentation()`. */
  instrumentations?: readonly (Instrumentation | readonly Instrumentation[])[];
  /** Processors of OpenTelemetry JS; they see every span before it is exported. */
  spanProcessors?: readonly SpanProcessor[];
  /** Further destinations for spans, each with its own queue. */
  spanExporters?: readonly SpanExporter[];
  /** How context crosses process borders. Default: W3C trace context and baggage (OTEL_PROPAGATORS). */
  propagator?: TextMapPropagator;
  /** Trace and span ids of your own making. */
  idGenerator?: IdGenerator;
  /** Whether new traces say that their id is random (W3C level 2: `…-03`). Default true. */
  randomFlag?: boolean;
  /** Another clock, for tests. */
  clock?: ClockOptions;
  /** What is printed on stderr. Default "warn". */
  logLevel?: LogLevel;
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  /** As passed, for the parts of the SDK that own further options. */
  readonly given: TelemetryOptions;
  readonly environment: Environment;
  readonly enabled: boolean;
  /** Of the main destination. */
  readonly targets: Readonly<Record<SignalName, ExportTarget>>;
  readonly destinations: readonly ResolvedDestination[];
  readonly spool: Readonly<Required<SpoolOptions>> | undefined;
  readonly batch: BatchLimits;
  readonly spanLimits: SpanLimits;
  readonly sampler: Sampler | number | undefined;
  readonly propagators: readonly string[];
  readonly baggageAttributes: readonly string[];
  readonly randomFlag: boolean;
}
