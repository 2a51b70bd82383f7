// Sampling by what happened in a trace: option `sample`.

export { tailRulesOf, waitsForTheEnd } from "./rules.ts";
export type { SampleRules, TailRules } from "./rules.ts";
export { TailSampler } from "./tail-sampler.ts";
export type { LocalTrace } from "./local-trace.ts";
