// simulated-model.ts — stands where a language model would: no key, no network. It decides, from the
// task's id alone, how to split a task, how long that takes and how many tokens it costs.

import { setTimeout as sleep } from "node:timers/promises";
import { SpanKind } from "@opentelemetry/api";
import { createHistogram, setAttributes, withSpan } from "@telemetry/sdk";

const MODEL = "simulated-small";
const tokens = createHistogram("gen_ai.client.token.usage", { unit: "{token}" });
const duration = createHistogram("gen_ai.client.operation.duration", { unit: "s" });

/** A number in [0, 1) that depends on the text alone, so that a run can be repeated (FNV-1a, then mixed). */
export function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** One call of the model: a span with the fields of the GenAI conventions, tokens and time as metrics. */
export async function chat<Answer>(
  purpose: string,
  taskId: string,
  answer: Answer,
): Promise<Answer> {
  const attributes = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "simulated",
    "gen_ai.request.model": MODEL,
  };
  return withSpan(`chat ${MODEL}`, { kind: SpanKind.CLIENT, attributes }, async () => {
    const startMs = performance.now();
    const input = 180 + Math.round(400 * chance(`${purpose} in ${taskId}`));
    const output = 12 + Math.round(160 * chance(`${purpose} out ${taskId}`));
    await sleep(8 + output / 4);
    setAttributes({ "gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": output });
    tokens.record(input, { "gen_ai.request.model": MODEL, "gen_ai.token.type": "input" });
    tokens.record(output, { "gen_ai.request.model": MODEL, "gen_ai.token.type": "output" });
    duration.record((performance.now() - startMs) / 1000, {
      "gen_ai.request.model": MODEL,
      purpose,
    });
    return answer;
  });
}
