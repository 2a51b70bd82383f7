// wiring.ts — what `startTelemetry` makes once and each signal gets, and what each signal gives back.

import type { Attributes, TextMapPropagator } from "@opentelemetry/api";
import type { KeyTable } from "@telemetry/otlp/encode";
import type { Clock } from "./clock/clock.ts";
import type { Diagnostics } from "./diagnostics/diagnostics.ts";
import type { Destination, DestinationQueueStatus, Sender, Spool } from "./export/export.ts";
import type { ExportProtocol, ResolvedOptions, SignalName } from "./options/options.ts";
import type { Redaction } from "./redact/redact.ts";
import type { Registration } from "./registration/registration.ts";
import type { Resource } from "./resource/resource.ts";
import type { TelemetryTracerProvider, Tracer } from "./trace/trace.ts";

export interface Wiring {
  readonly options: ResolvedOptions;
  readonly resource: Resource;
  /** From `encodeResource`: the first bytes of every request. */
  readonly encodedResource: Uint8Array;
  /** Encoded attribute keys with the decision to redact; shared by all signals. */
  readonly keys: KeyTable;
  readonly redaction: Redaction;
  /** The main destination first. */
  readonly destinations: readonly Destination[];
  /** Of the main destination. */
  readonly sender: Sender;
  readonly spool: Spool | undefined;
  readonly diagnostics: Diagnostics;
  readonly clock: Clock;
}

/** A running signal. None of its functions throws or rejects. */
export interface SignalPipeline {
  /** Sends what is waiting; resolves with whether all of it arrived within `timeoutMs`. */
  flush(timeoutMs: number): Promise<boolean>;
  /** Flushes and stops. */
  shutdown(timeoutMs: number): Promise<boolean>;
  /** Records that wait to be sent, and counters, for `status()`. */
  status(): SignalStatus;
  /** The same for each destination, by its name. */
  destinationStatus(): Readonly<Record<string, DestinationQueueStatus>>;
}

export interface SignalStatus {
  /** Records that wait to be sent at the destination with the most, and how many may. */
  readonly waiting: number;
  readonly waitingMax: number;
  readonly [counter: string]: number;
}

/** One receiver and what it got, for `status()`. */
export interface DestinationStatus {
  /** "main", or as in the option `destinations`. */
  readonly name: string;
  /** Where the signals that it gets go now, without user and password, and by which protocol. */
  readonly endpoints: Readonly<Partial<Record<SignalName, string>>>;
  readonly protocols: Readonly<Partial<Record<SignalName, ExportProtocol>>>;
  /** Whether it is a telemetry dashboard. */
  readonly isLive: boolean;
  readonly signals: Readonly<Partial<Record<SignalName, DestinationQueueStatus>>>;
}

/** What `startTelemetry` returns. */
export interface Telemetry {
  /** Sends everything recorded so far; resolves with whether all of it arrived everywhere within `timeoutMs` (default 30 000). */
  flush(timeoutMs?: number): Promise<boolean>;
  /** Flushes and stops recording; a second call returns the first one's promise. */
  shutdown(timeoutMs?: number): Promise<boolean>;
  /** What was recorded, sent, dropped and why. */
  status(): TelemetryStatus;
}

export interface TelemetryStatus {
  /** `disabled` when OTEL_SDK_DISABLED or `enabled: false` says so. */
  readonly state: "running" | "disabled" | "stopped";
  readonly resource: Attributes;
  /** Of the main destination: where each signal goes now, without user and password, and by which protocol. */
  readonly endpoints: Readonly<Record<SignalName, string>>;
  readonly protocols: Readonly<Record<SignalName, ExportProtocol>>;
  /** Whether a destination is a telemetry dashboard. */
  readonly isLive: boolean;
  readonly signals: Readonly<Partial<Record<SignalName, SignalStatus>>>;
  /** Each destination with what waits for it and what it got, the main one first. */
  readonly destinations: readonly DestinationStatus[];
  /** Everything that was lost or ignored, by its reason. */
  readonly counters: Readonly<Record<string, number>>;
}

/** Everything of a started SDK that the app-facing functions use. */
export interface RunningTelemetry {
  readonly handle: Telemetry;
  readonly wiring: Wiring;
  readonly tracerProvider: TelemetryTracerProvider;
  /** Of the app-facing functions. */
  readonly tracer: Tracer;
  readonly propagator: TextMapPropagator;
  readonly registration: Registration;
}
