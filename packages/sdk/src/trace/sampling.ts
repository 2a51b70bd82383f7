// sampling.ts — decides at a span's start whether it is recorded.
//
// The ordinary cases (all, none, a share; a child does what its parent does) are decided by looking at a few
// integers. Only a sampler that somebody passed is called, with the arguments OpenTelemetry gives it.
//
// A share is a consistent probability: the last 56 bits of the trace id are the trace's random value R, and the
// trace is sampled when R >= T, T = 2^56 · (1 − share). Every service with the same share keeps the same
// traces. `ot=th:<T>` in tracestate says how many traces one kept trace stands for.
// https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/

import { createTraceState, SamplingDecision } from "@opentelemetry/api";
import type { Attributes, Context, Link, SpanKind, TraceState } from "@opentelemetry/api";
import type { Sampler } from "../foreign/foreign.ts";
import { hexOfTraceId } from "./ids.ts";
import { OT, randomValueOf, withThreshold } from "./probability.ts";

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

const TWO_POW_24 = 16_777_216;
const TWO_POW_32 = 4_294_967_296;
const TWO_POW_56 = TWO_POW_24 * TWO_POW_32;

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
    const threshold = Math.round((1 - share) * TWO_POW_56);
    if (threshold <= 0) return SamplingPolicy.all(followsParent);
    if (threshold >= TWO_POW_56) return SamplingPolicy.none(followsParent);
    const text = thresholdText(threshold);
    const keptRoot = { ...RECORD, traceState: stateWithThreshold(undefined, text) };
    const thresholdHigh = Math.floor(threshold / TWO_POW_32);
    const thresholdLow = threshold % TWO_POW_32;
    return new SamplingPolicy(`${share} of all traces`, followsParent, (question) => {
      const { traceState } = question;
      const given = traceState === undefined ? undefined : randomValueOf(traceState.get(OT));
      const high = given?.high ?? question.traceId2 & (TWO_POW_24 - 1);
      const low = given?.low ?? question.traceId3 >>> 0;
      const isKept = high > thresholdHigh || (high === thresholdHigh && low >= thresholdLow);
      if (traceState === undefined) return isKept ? keptRoot : DROP;
      return isKept
        ? { ...RECORD, traceState: stateWithThreshold(traceState, text) }
        : { ...DROP, traceState: stateWithThreshold(traceState, undefined) };
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

/** Fourteen hex digits without trailing zeros. */
function thresholdText(threshold: number): string {
  return threshold.toString(16).padStart(14, "0").replace(/0+$/, "") || "0";
}

/** Members of other vendors stay as they are. */
function stateWithThreshold(
  state: TraceState | undefined,
  threshold: string | undefined,
): TraceState {
  const base = state ?? createTraceState();
  const member = withThreshold(base.get(OT), threshold);
  return member === undefined ? base.unset(OT) : base.set(OT, member);
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
