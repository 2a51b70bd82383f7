// sampling-options.ts — which traces are recorded, from the options `ignore`, `sampler` and `sample` and from
// OTEL_TRACES_SAMPLER. Code wins over the variable.

import type { Environment } from "../options/options.ts";
import type { Wiring } from "../wiring.ts";
import { createIgnore } from "./ignore.ts";
import { SamplingPolicy } from "./sampling.ts";
import { tailRulesOf, waitsForTheEnd } from "./tail/tail.ts";
import type { TailRules } from "./tail/tail.ts";

/** Option `sample`, which leaves nothing to decide for another sampler. */
export function rulesOf({ options, diagnostics }: Wiring): TailRules | undefined {
  const { sample, sampler } = options.given;
  if (sample === undefined) return undefined;
  if (sampler !== undefined) {
    throw new TypeError(
      "Cannot use options sample and sampler together: both decide which traces are kept; remove one",
    );
  }
  if (options.environment.text("OTEL_TRACES_SAMPLER") !== undefined) {
    diagnostics.say(
      "warn",
      "Cannot use OTEL_TRACES_SAMPLER: option sample decides which traces are kept",
    );
  }
  return tailRulesOf(sample);
}

/** What is recorded at all. */
export function samplingOf(rules: TailRules | undefined, wiring: Wiring): SamplingPolicy {
  const { ignore = [] } = wiring.options.given;
  const policy = rules === undefined ? policyOf(wiring) : policyBefore(rules);
  if (ignore.length === 0) return policy;
  const isIgnored = createIgnore(ignore);
  return policy.ignoring(({ name, attributes }) => {
    if (!isIgnored(name, attributes)) return false;
    wiring.diagnostics.count("span.ignored");
    return true;
  });
}

/** Rules that need not wait for the end of a trace are decided at its start. */
function policyBefore(rules: TailRules): SamplingPolicy {
  return waitsForTheEnd(rules) ? SamplingPolicy.all() : SamplingPolicy.share(rules.restShare);
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
