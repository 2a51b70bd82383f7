// input.ts — reads what a request asks, checked by zod; what is wrong becomes one sentence that names the
// parameter.

import type { Context } from "hono";
import { z } from "zod";
import type { MetricAggregate, MetricKind, ViewDefinition } from "../contract/contract.ts";
import { CHART_TYPES } from "../contract/contract.ts";
import { FILTER_LENGTH_MAX } from "../query/filter/filter.ts";
import { AnswerError } from "./errors.ts";

const BODY_BYTES_MAX = 64 * 1024;
const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 100;

const AGGREGATES: readonly MetricAggregate[] = ["sum", "rate", "avg", "min", "max", "count", "last", "p50", "p90", "p95", "p99"]; // prettier-ignore
const KINDS: readonly MetricKind[] = ["gauge", "sum", "histogram", "exponential_histogram", "summary"]; // prettier-ignore

const text = (lengthMax: number) => z.string().max(lengthMax);
const time = text(64);
const traceId = z
  .string()
  .transform((id) => id.replaceAll("-", "").toLowerCase())
  .pipe(z.string().regex(/^[0-9a-f]{32}$/, "is no trace id: 32 hex digits"));

/** A rate needs an end; a list is open at its newest end unless one is said. */
const closedRange = (from: string) => ({ from: time.default(from), to: time.default("now") });
const openRange = (from: string) => ({ from: time.default(from), to: time.optional() });
const filter = { filter: text(FILTER_LENGTH_MAX).default("") };
const page = {
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
  cursor: text(1_024).optional(),
};

/** What each route takes; a name that is in none of them is an error, so that no typing slip is ignored. */
export const inputs = {
  none: z.strictObject({}),
  services: z.strictObject(closedRange("-15m")),
  traces: z.strictObject({
    ...openRange("-1h"),
    ...filter,
    ...page,
    order: z.enum(["time", "duration"]).default("time"),
  }),
  traceId,
  logs: z.strictObject({
    from: time.optional(),
    to: time.optional(),
    ...filter,
    ...page,
    traceId: traceId.optional(),
  }),
  metrics: z.strictObject({ ...openRange("-7d"), name: text(1_024).optional() }),
  metricQuery: z.strictObject({
    ...closedRange("-1h"),
    ...filter,
    name: text(1_024).min(1),
    type: z.enum(KINDS).optional(),
    aggregate: z.enum(AGGREGATES).optional(),
    groupBy: text(2_048).default(""),
    step: text(32).optional(),
  }),
  facets: z.strictObject({
    ...openRange("-1h"),
    ...filter,
    signal: z.enum(["traces", "logs", "metrics"]),
    key: text(1_024).optional(),
    limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(50),
  }),
  live: z.strictObject({
    ...filter,
    topics: text(2_048).default("overview"),
    after: text(128).optional(),
  }),
  view: z.strictObject({
    metricName: text(1_024).min(1),
    chartType: z.enum(CHART_TYPES),
    title: text(256).min(1).optional(),
    aggregate: z.enum(AGGREGATES).optional(),
    groupBy: z.array(text(1_024)).max(8).optional(),
    unit: text(64).optional(),
  }) as z.ZodType<ViewDefinition>,
  sql: z.strictObject({ query: text(BODY_BYTES_MAX).min(1) }),
  session: z.strictObject({ token: text(4_096) }),
};

/** The query string of a request. Throws AnswerError 400. */
export function readQuery<T>(context: Context, schema: z.ZodType<T>): T {
  return check(schema, context.req.query(), "the parameters");
}

/** One value of the path. Throws AnswerError 400. */
export function readPath<T>(schema: z.ZodType<T>, value: string | undefined, name: string): T {
  return check(schema, value, name);
}

/** A JSON body. Throws AnswerError 400, 413 or 415. */
export async function readBody<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  const type = context.req.header("content-type") ?? "";
  if (!/^application\/json\b/i.test(type)) {
    throw new AnswerError(
      415,
      "not_json",
      `Cannot read a body of type "${type}": send application/json`,
    );
  }
  const body = await readText(context);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AnswerError(400, "invalid_json", `Cannot read the body: it is no JSON (${reason})`);
  }
  return check(schema, value, "the body");
}

async function readText(context: Context): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of context.req.raw.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > BODY_BYTES_MAX) {
      throw new AnswerError(
        413,
        "body_too_large",
        `Cannot read a body of more than ${BODY_BYTES_MAX} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = issue?.path.join(".") || what;
  throw new AnswerError(
    400,
    "invalid_parameter",
    `Cannot use ${name}: ${issue?.message ?? "it is wrong"}`,
  );
}
