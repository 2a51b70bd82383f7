// weight.ts — how many spans a span stands for, when a sampler kept it with a probability and said so.
//
//   tracestate: ot=th:T          T: up to 14 hex digits, the threshold 2^56 · (1 − probability)
//
// The weight is 1 / probability, 2^56 / (2^56 − T). Rates add up weights; a span without `th` weighs 1.
// https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/

const DIGITS =
  "extract(TraceState, '(?:^|,)[ \\t]*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})[ \\t]*(?:[;,]|$)')";
/** Both ends are powers of two times less than 2^53, so a double holds T well enough. */
const THRESHOLD = `toFloat64(reinterpretAsUInt64(reverse(unhex(rightPad(${DIGITS}, 14, '0')))))`;

/** Of a row of otel_traces, a Float64. The column is empty for nearly all rows, and then nothing else is computed. */
export const WEIGHT = `if(TraceState = '', 1., pow(2, 56) / greatest(pow(2, 56) - ${THRESHOLD}, 1.))`;

/** A whole number, for aggregate functions that take no other. */
export const WHOLE_WEIGHT = `toUInt64(round(${WEIGHT}))`;
