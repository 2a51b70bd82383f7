// start.ts — builds everything once, registers it behind the official api, and hands out the handle.
//
//   options, OTEL_* ─▶ resource, sender ─▶ traces, metrics, logs ─▶ globals ─▶ instrumentations
//
// A wrong option throws here. After that nothing throws: a failure becomes a count.

import { encodeResource, KeyTable } from "@telemetry/otlp/encode";
import { copyAttributes } from "./attributes/attributes.ts";
import { Clock } from "./clock/clock.ts";
import { dashboardLink } from "./dashboard/dashboard.ts";
import type { Diagnostics } from "./diagnostics/diagnostics.ts";
import { endpointsOf, openDestinations, protocolsOf, Spool } from "./export/export.ts";
import type { Destination, DestinationQueueStatus } from "./export/export.ts";
import { openLogs } from "./logs/logs.ts";
import { openMetrics } from "./metrics/metrics.ts";
import { openDiagnostics } from "./open-diagnostics.ts";
import {
  resolveOptions,
  SIGNALS,
  VALUE_LENGTH_MAX,
  withoutCredentials,
} from "./options/options.ts";
import type { Environment, SignalName, TelemetryOptions } from "./options/options.ts";
import { watchProcessEnd } from "./process/process.ts";
import {
  combinePropagators,
  contextFromEnvironment,
  propagatorsByName,
} from "./propagation/propagation.ts";
import { createRedaction } from "./redact/redact.ts";
import {
  registerGlobals,
  registerInstrumentations,
  stopInstrumentations,
} from "./registration/registration.ts";
import { createResource } from "./resource/resource.ts";
import { shared } from "./state/state.ts";
import { startTraces } from "./trace/trace.ts";
import { SDK_NAME, SDK_VERSION } from "./version.ts";
import type {
  DestinationStatus,
  SignalPipeline,
  SignalStatus,
  Telemetry,
  TelemetryStatus,
  Wiring,
} from "./wiring.ts";

const FLUSH_TIMEOUT_MS = 30_000;
const RESOURCE_ATTRIBUTES_MAX = 1_000;

/**
 * Starts telemetry: from now on everything that this process records through this package or through the
 * official `@opentelemetry/api` is sent to an OTLP receiver, by default the dashboard on this machine.
 *
 * A second call returns the first one's handle. Throws a TypeError or RangeError for an option that cannot be
 * used, and never anything later.
 *
 * @example
 * import { startTelemetry } from "@telemetry/sdk";
 *
 * startTelemetry({ serviceName: "checkout" });
 */
export function startTelemetry(options: TelemetryOptions = {}): Telemetry {
  if (shared.running !== undefined) {
    shared.running.wiring.diagnostics.sayOnce(
      "info",
      "start.repeated",
      "Cannot start telemetry twice: the first start's handle is returned, the new options are not used",
    );
    return shared.running.handle;
  }
  const { diagnostics, environment } = openDiagnostics(options.logLevel);
  const wiring = wire(options, environment, diagnostics);
  return wiring.options.enabled ? run(wiring) : disabledHandle(wiring);
}

function wire(given: TelemetryOptions, environment: Environment, diagnostics: Diagnostics): Wiring {
  const options = resolveOptions(given, environment);
  const redaction = createRedaction(given.redact);
  const keys = new KeyTable({ isRedacted: redaction.isRedacted });
  const resource = createResource(
    {
      serviceName: given.serviceName,
      serviceVersion: given.serviceVersion,
      environment: given.environment,
      attributes: given.resourceAttributes,
      detectors: given.resourceDetectors,
    },
    environment,
    (sentence) => diagnostics.say("warn", sentence),
  );
  const { flat } = copyAttributes(resource.attributes, RESOURCE_ATTRIBUTES_MAX, {
    keys,
    valueLengthMax: VALUE_LENGTH_MAX,
    hook: redaction.value,
    onLoss: (loss) => diagnostics.count(loss),
  });
  const spool = options.spool && new Spool({ ...options.spool, diagnostics });
  const destinations = openDestinations(options, diagnostics, spool);
  const [{ sender }] = destinations;
  return {
    options,
    resource,
    encodedResource: encodeResource(flat ?? [], keys, resource.schemaUrl),
    keys,
    redaction,
    destinations,
    sender,
    spool,
    diagnostics,
    clock: new Clock(given.clock),
  };
}

function run(wiring: Wiring): Telemetry {
  const { options, diagnostics } = wiring;
  const { given } = options;
  const propagator = combinePropagators(
    given.propagator === undefined
      ? propagatorsByName(options.propagators, diagnostics)
      : [given.propagator],
    diagnostics,
  );

  const tracerProvider = startTraces(wiring);
  const metrics = openMetrics(wiring);
  const logs = openLogs(wiring);
  const pipelines: Record<SignalName, SignalPipeline> = { traces: tracerProvider, metrics, logs };

  const providers = {
    tracerProvider,
    meterProvider: metrics.provider,
    loggerProvider: logs.provider,
  };
  const registration = registerGlobals({ ...providers, propagator });
  shared.rootContext = contextFromEnvironment(propagator, process.env);
  const instrumentations = registerInstrumentations(
    given.instrumentations ?? [],
    providers,
    diagnostics,
  );
  if (registration.taken.length > 0) {
    diagnostics.say(
      "warn",
      `Cannot register everything with @opentelemetry/api: ${registration.taken.join(", ")} was registered before by other code and stays; start telemetry first, or remove the other one`,
    );
  }

  let shutdown: Promise<boolean> | undefined;
  const handle: Telemetry = {
    flush: (timeoutMs = FLUSH_TIMEOUT_MS) =>
      settleAll(wiring, pipelines, (pipeline) => pipeline.flush(timeoutMs)),
    shutdown: (timeoutMs = FLUSH_TIMEOUT_MS) => (shutdown ??= stop(timeoutMs)),
    status: () => statusOf(wiring, pipelines, shutdown === undefined ? "running" : "stopped"),
  };
  const unwatch = watchProcessEnd({
    flush: (timeoutMs, isLast) => {
      if (isLast) tracerProvider.decideAll();
      return handle.flush(timeoutMs);
    },
    waiting: () => {
      tracerProvider.decideAll();
      return SIGNALS.reduce((sum, signal) => sum + pipelines[signal].status().waiting, 0);
    },
    diagnostics,
  });
  const stop = async (timeoutMs: number): Promise<boolean> => {
    const deadlineMs = performance.now() + timeoutMs;
    stopInstrumentations(instrumentations);
    const isDelivered = await settleAll(wiring, pipelines, (pipeline) =>
      pipeline.shutdown(timeoutMs),
    );
    // Nothing is on its way any more when others may take what is left.
    closeSenders(wiring);
    await wiring.spool?.close(deadlineMs - performance.now());
    unwatch();
    dashboardLink().detach(wiring);
    registration.undo();
    shared.rootContext = undefined;
    shared.running = undefined;
    return isDelivered;
  };

  shared.running = {
    handle,
    wiring,
    tracerProvider,
    tracer: tracerProvider.getTracer(SDK_NAME, SDK_VERSION),
    propagator,
    registration,
  };
  dashboardLink().attach(wiring);
  return handle;
}

/** Says what it would do, and does nothing. */
function disabledHandle(wiring: Wiring): Telemetry {
  closeSenders(wiring);
  return {
    flush: () => Promise.resolve(true),
    shutdown: () => Promise.resolve(true),
    status: () => statusOf(wiring, {}, "disabled"),
  };
}

function closeSenders({ destinations }: Wiring): void {
  for (const { sender } of destinations) sender.close();
}

/** Whether the work succeeded for every signal; one that fails harms no other. */
async function settleAll(
  { diagnostics }: Wiring,
  pipelines: Record<SignalName, SignalPipeline>,
  work: (pipeline: SignalPipeline) => Promise<boolean>,
): Promise<boolean> {
  const results = await Promise.all(
    SIGNALS.map(async (signal) => {
      try {
        return await work(pipelines[signal]);
      } catch {
        diagnostics.count(`export.${signal}.failed`);
        return false;
      }
    }),
  );
  return results.every(Boolean);
}

function statusOf(
  { resource, destinations, sender, diagnostics }: Wiring,
  pipelines: Partial<Record<SignalName, SignalPipeline>>,
  state: TelemetryStatus["state"],
): TelemetryStatus {
  const signals: Partial<Record<SignalName, SignalStatus>> = {};
  for (const signal of SIGNALS) {
    const pipeline = pipelines[signal];
    if (pipeline !== undefined) signals[signal] = pipeline.status();
  }
  return {
    state,
    resource: resource.attributes,
    endpoints: bySignal((signal) => withoutCredentials(sender.targets[signal].url)),
    protocols: bySignal((signal) => sender.targets[signal].protocol),
    isLive: destinations.some((destination) => destination.sender.pace.isLive),
    signals,
    destinations: destinations.map((destination) => destinationStatus(destination, pipelines)),
    counters: diagnostics.counters(),
  };
}

function destinationStatus(
  destination: Destination,
  pipelines: Partial<Record<SignalName, SignalPipeline>>,
): DestinationStatus {
  const signals: Partial<Record<SignalName, DestinationQueueStatus>> = {};
  for (const signal of SIGNALS) {
    const status = pipelines[signal]?.destinationStatus()[destination.name];
    if (status !== undefined) signals[signal] = status;
  }
  const { name, sender } = destination;
  return {
    name,
    endpoints: endpointsOf(destination),
    protocols: protocolsOf(destination),
    isLive: sender.pace.isLive,
    signals,
  };
}

function bySignal<T>(valueOf: (signal: SignalName) => T): Record<SignalName, T> {
  return { traces: valueOf("traces"), metrics: valueOf("metrics"), logs: valueOf("logs") };
}
