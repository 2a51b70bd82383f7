// start-traces.ts — builds the traces signal from what `startTelemetry` made.

import { BatchQueue, destinationsOf } from "../export/export.ts";
import type { Environment } from "../options/options.ts";
import { shared } from "../state/state.ts";
import type { Wiring } from "../wiring.ts";
import { ExporterProcessor } from "./exporter-processor.ts";
import { createIgnore } from "./ignore.ts";
import { SpanProcessors } from "./processors.ts";
import { TelemetryTracerProvider } from "./provider.ts";
import { SamplingPolicy } from "./sampling.ts";
import { TraceCore } from "./trace-core.ts";

/** OTEL_BSP_SCHEDULE_DELAY's default. */
const DEFAULT_DELAY_MS = 5_000;

export function startTraces(wiring: Wiring): TelemetryTracerProvider {
  const { options, diagnostics } = wiring;
  const core = new TraceCore({
    clock: wiring.clock,
    keys: wiring.keys,
    resource: wiring.resource,
    spanLimits: options.spanLimits,
    valueHook: wiring.redaction.value,
    sampling: samplingOf(wiring),
    idGenerator: options.given.idGenerator,
    randomFlag: options.randomFlag,
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
  core.processors = processorsOf(wiring);
  if (shared.tracerProvider === undefined) {
    shared.tracerProvider = new TelemetryTracerProvider(core, queue);
  } else {
    shared.tracerProvider.restart(core, queue);
  }
  return shared.tracerProvider;
}

function processorsOf({ options, diagnostics }: Wiring): SpanProcessors | undefined {
  const { spanProcessors = [], spanExporters = [] } = options.given;
  const processors = [
    ...spanProcessors,
    ...spanExporters.map((exporter) => {
      const name = exporter.constructor.name;
      return new ExporterProcessor(exporter, options.batch, DEFAULT_DELAY_MS, (count, reason) => {
        diagnostics.count("span_exporter.dropped", count);
        diagnostics.sayOnce(
          "warn",
          `span_exporter.${name}`,
          `Cannot export all spans through ${name}: ${reason}`,
        );
      });
    }),
  ];
  if (processors.length === 0) return undefined;
  return new SpanProcessors(processors, (where, error) => {
    diagnostics.sayOnce(
      "warn",
      `span_processor.${where}.failed`,
      `A span processor failed in ${where}: ${String(error)}`,
    );
  });
}

function samplingOf(wiring: Wiring): SamplingPolicy {
  const { ignore = [] } = wiring.options.given;
  const policy = policyOf(wiring);
  if (ignore.length === 0) return policy;
  const isIgnored = createIgnore(ignore);
  return policy.ignoring(({ name, attributes }) => {
    if (!isIgnored(name, attributes)) return false;
    wiring.diagnostics.count("span.ignored");
    return true;
  });
}

function policyOf({ options, diagnostics }: Wiring): SamplingPolicy {
  const { sampler, environment } = options;
  if (typeof sampler === "number") return SamplingPolicy.share(sampler);
  if (sampler === undefined) return samplingFromEnvironment(environment);
  return SamplingPolicy.foreign(sampler, (error) => {
    diagnostics.sayOnce(
      "warn",
      "sampler.failed",
      `The sampler failed, so spans are recorded: ${String(error)}`,
    );
  });
}

const SAMPLERS = [
  "parentbased_always_on",
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

/** OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG. */
function samplingFromEnvironment(environment: Environment): SamplingPolicy {
  const name = environment.choice("OTEL_TRACES_SAMPLER", SAMPLERS) ?? "parentbased_always_on";
  const followsParent = name.startsWith("parentbased_");
  if (name.endsWith("always_on")) return SamplingPolicy.all(followsParent);
  if (name.endsWith("always_off")) return SamplingPolicy.none(followsParent);
  return SamplingPolicy.share(environment.share("OTEL_TRACES_SAMPLER_ARG") ?? 1, followsParent);
}
