// start-traces.ts — builds the traces signal from what `startTelemetry` made.

import { BatchQueue, destinationsOf } from "../export/export.ts";
import type { SpanExporter, SpanProcessor } from "../foreign/foreign.ts";
import { shared } from "../state/state.ts";
import type { Wiring } from "../wiring.ts";
import { ExporterProcessor } from "./exporter-processor.ts";
import { SpanProcessors } from "./processors.ts";
import { TelemetryTracerProvider } from "./provider.ts";
import { rulesOf, samplingOf } from "./sampling-options.ts";
import { TailSampler, waitsForTheEnd } from "./tail/tail.ts";
import type { TailRules } from "./tail/tail.ts";
import { TraceCore } from "./trace-core.ts";

/** OTEL_BSP_SCHEDULE_DELAY's default. */
const DEFAULT_DELAY_MS = 5_000;

export function startTraces(wiring: Wiring): TelemetryTracerProvider {
  const { options, diagnostics } = wiring;
  const rules = rulesOf(wiring);
  const core = new TraceCore({
    clock: wiring.clock,
    keys: wiring.keys,
    resource: wiring.resource,
    spanLimits: options.spanLimits,
    valueHook: wiring.redaction.value,
    sampling: samplingOf(rules, wiring),
    idGenerator: options.given.idGenerator,
    randomFlag: options.randomFlag,
    baggageKeys: options.baggageAttributes,
    onLoss: (counter) => diagnostics.count(counter),
    misuse: (counter, sentence) => diagnostics.sayOnce("info", counter, sentence),
  });
  const destinations = destinationsOf("traces", wiring.destinations);
  const queue =
    destinations.length > 0
      ? new BatchQueue({
          signal: "traces",
          noun: "spans",
          encodedResource: wiring.encodedResource,
          limits: options.batch,
          defaultDelayMs: DEFAULT_DELAY_MS,
          destinations,
          diagnostics,
        })
      : undefined;
  connectProcessors(core, rules, wiring);
  if (shared.tracerProvider === undefined) {
    shared.tracerProvider = new TelemetryTracerProvider(core, queue);
  } else {
    shared.tracerProvider.restart(core, queue);
  }
  return shared.tracerProvider;
}

/** Processors see every span. Exporters do, too, unless traces are decided at their end: then what is kept. */
function connectProcessors(core: TraceCore, rules: TailRules | undefined, wiring: Wiring): void {
  const { spanProcessors = [], spanExporters = [] } = wiring.options.given;
  const exporters = spanExporters.map((exporter) => processorOf(exporter, wiring));
  if (rules === undefined || !waitsForTheEnd(rules)) {
    core.processors = processorsOf([...spanProcessors, ...exporters], wiring);
    return;
  }
  core.processors = processorsOf(spanProcessors, wiring);
  core.tail = new TailSampler({
    rules,
    exporters: processorsOf(exporters, wiring),
    onLoss: (counter, by) => wiring.diagnostics.count(counter, by),
  });
}

function processorOf(exporter: SpanExporter, { options, diagnostics }: Wiring): ExporterProcessor {
  const name = exporter.constructor.name;
  return new ExporterProcessor(exporter, options.batch, DEFAULT_DELAY_MS, (count, reason) => {
    diagnostics.count("span_exporter.dropped", count);
    diagnostics.sayOnce(
      "warn",
      `span_exporter.${name}`,
      `Cannot export all spans through ${name}: ${reason}`,
    );
  });
}

function processorsOf(
  processors: readonly SpanProcessor[],
  { diagnostics }: Wiring,
): SpanProcessors | undefined {
  if (processors.length === 0) return undefined;
  return new SpanProcessors(processors, (where, error) => {
    diagnostics.sayOnce(
      "warn",
      `span_processor.${where}.failed`,
      `A span processor failed in ${where}: ${String(error)}`,
    );
  });
}
