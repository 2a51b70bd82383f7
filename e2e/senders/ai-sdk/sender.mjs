// sender.mjs — an agent of the Vercel AI SDK that calls a tool, with the mock model and the OpenTelemetry integration
// that it ships, and our SDK behind the api. The app's own spans are around the agent and inside its tool.

import { OpenTelemetry } from "@ai-sdk/otel";
import { startTelemetry, withSpan } from "@telemetry/sdk";
import { generateText, isStepCount, registerTelemetry, tool } from "ai";
import { MockLanguageModelV4, mockValues } from "ai/test";
import { z } from "zod";

const telemetry = startTelemetry({ serviceName: process.env.SERVICE });
registerTelemetry(new OpenTelemetry());

const answer = (id, part, finishReason, inputTokens, outputTokens) => ({
  content: [part],
  finishReason: { unified: finishReason, raw: finishReason },
  usage: {
    inputTokens: { total: inputTokens, noCache: inputTokens, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: outputTokens, text: outputTokens, reasoning: 0 },
  },
  warnings: [],
  response: { id, modelId: "mock-1-2026" },
});
const toolCall = { toolCallId: "call-1", toolName: "weather", input: '{"city":"Kyiv"}' };
const nextAnswer = mockValues(
  answer("r-1", { type: "tool-call", ...toolCall }, "tool-calls", 12, 5),
  answer("r-2", { type: "text", text: "It is 21 degrees." }, "stop", 30, 7),
);
const model = new MockLanguageModelV4({
  provider: "mock-provider",
  modelId: "mock-1",
  doGenerate: async () => nextAnswer(),
});

const weather = tool({
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) =>
    withSpan("GET /weather", { attributes: { city } }, async () => ({ degrees: 21 })),
});

await withSpan("answer a question", () =>
  generateText({
    model,
    prompt: "How warm is it in Kyiv?",
    temperature: 0.5,
    tools: { weather },
    stopWhen: isStepCount(3),
    telemetry: { functionId: "weather-agent" },
  }),
);
await telemetry.shutdown();
