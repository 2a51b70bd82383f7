// sampling.ts — decides at a span's start whether it is recorded.
//
// The ordinary cases (all, none, a share; a child does what its parent does) are decided by looking at a few
// integers. Only a sampler that somebody passed is called, with the arguments OpenTelemetry gives it.
//
// A share is a consistent probability (probability.ts): every service with the same share keeps the same traces,
// and `ot=th:…` in tracestate says how many traces one kept trace stands for.
// https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/

import { SamplingDecision } from "@opentelemetry/api";
import type { Attributes, Context, Link, SpanKind, TraceState } from "@opentelemetry/api";
import type { Sampler } from "../foreign/foreign.ts";
import { hexOfTraceId } from "./ids.ts";
import { EVERY_TRACE, isAtLeast, randomOf, thresholdOf, withThreshold } from "./probability.ts";

/** What a sampler may look at. */
export interface SamplingQuestion {
  readonly context: Context;
  readonly traceId0: number;
  readonly traceId1: number;
  readonly traceId2: number;
  readonly traceId3: number;
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly links: Link[];
  /** Of the parent. */
  readonly traceState: TraceState | undefined;
  readonly isChild: boolean;
  /** Whether the trace enters this process here: a root, or below a span of another process. */
  readonly isLocalRoot: boolean;
}

export interface SamplingAnswer {
  readonly isRecording: boolean;
  readonly isSampled: boolean;
  readonly attributes?: Attributes | undefined;
  /** Undefined keeps the parent's. */
  readonly traceState?: TraceState | undefined;
}

const RECORD: SamplingAnswer = { isRecording: true, isSampled: true };
const DROP: SamplingAnswer = { isRecording: false, isSampled: false };

export class SamplingPolicy {
  /** Whether a new trace is always recorded. hot: see bench/trace. */
  readonly recordsRoots: boolean;
  /** Whether a child does what its parent does. */
  readonly followsParent: boolean;
  /** Whether spans are asked about that a parent in another process has decided. */
  readonly ignoresSome: boolean;
  readonly #decide: (question: SamplingQuestion) => SamplingAnswer;
  readonly #description: string;

  private constructor(
    description: string,
    followsParent: boolean,
    decide: (question: SamplingQuestion) => SamplingAnswer,
    ignoresSome = false,
  ) {
    this.#description = description;
    this.followsParent = followsParent;
    this.recordsRoots = decide === alwaysRecord;
    this.ignoresSome = ignoresSome;
    this.#decide = decide;
  }

  /** `parentbased_always_on` and so on: children follow their parents. */
  static all(followsParent = true): SamplingPolicy {
    return new SamplingPolicy("all traces", followsParent, alwaysRecord);
  }

  static none(followsParent = true): SamplingPolicy {
    return new SamplingPolicy("no traces", followsParent, () => DROP);
  }

  /** `share` of new traces, from 0 to 1. */
  static share(share: number, followsParent = true): SamplingPolicy {
    const threshold = thresholdOf(share);
    if (isAtLeast(EVERY_TRACE, threshold)) return SamplingPolicy.all(followsParent);
    const keptRoot = { ...RECORD, traceState: withThreshold(undefined, threshold) };
    return new SamplingPolicy(`${share} of all traces`, followsParent, (question) => {
      const { traceId2, traceId3, traceState } = question;
      const isKept = isAtLeast(randomOf(traceId2, traceId3, traceState), threshold);
      if (traceState === undefined) return isKept ? keptRoot : DROP;
      return isKept
        ? { ...RECORD, traceState: withThreshold(traceState, threshold) }
        : { ...DROP, traceState: withThreshold(traceState, undefined) };
    });
  }

  /** A sampler of OpenTelemetry JS. One that throws records, and is reported by `onError`. */
  static foreign(sampler: Sampler, onError: (error: unknown) => void): SamplingPolicy {
    return new SamplingPolicy(describe(sampler), false, (question) => {
      try {
        return ask(sampler, question);
      } catch (error) {
        onError(error);
        return RECORD;
      }
    });
  }

  /** This policy, without the spans that `isIgnored` names and what is below them. */
  ignoring(isIgnored: (question: SamplingQuestion) => boolean): SamplingPolicy {
    return new SamplingPolicy(
      `${this.#description}, some ignored`,
      this.followsParent,
      (question) => {
        if (question.isLocalRoot && isIgnored(question)) return DROP;
        return question.isChild && this.followsParent ? RECORD : this.#decide(question);
      },
      true,
    );
  }

  decide(question: SamplingQuestion): SamplingAnswer {
    return this.#decide(question);
  }

  toString(): string {
    return this.#description;
  }
}

function alwaysRecord(): SamplingAnswer {
  return RECORD;
}

function ask(sampler: Sampler, question: SamplingQuestion): SamplingAnswer {
  const { traceId0, traceId1, traceId2, traceId3 } = question;
  const result = sampler.shouldSample(
    question.context,
    hexOfTraceId(traceId0, traceId1, traceId2, traceId3),
    question.name,
    question.kind,
    question.attributes,
    question.links,
  );
  return {
    isRecording: result.decision !== SamplingDecision.NOT_RECORD,
    isSampled: result.decision === SamplingDecision.RECORD_AND_SAMPLED,
    attributes: result.attributes,
    traceState: result.traceState,
  };
}

function describe(sampler: Sampler): string {
  try {
    return sampler.toString();
  } catch {
    return "a sampler of the app";
  }
}
