// The AI SDK speaks to the official api, in a copy of its own; our SDK is behind it, and the app's spans are made with
// ours. All of them must be one tree (2, 66):
//
//   answer a question ◀── invoke_agent ◀─┬─ step 1 ◀─┬─ chat
//                                        │           └─ execute_tool ◀── GET /weather
//                                        └─ step 2 ◀── chat

import { beforeAll, expect, inject, test } from "vitest";
import { describeSender } from "../support/describe-sender.ts";
import { installSender } from "../support/install.ts";
import { including, JUST_NOW, SPAN_ID } from "../support/matchers.ts";
import { readSpans, type SpanOfTrace } from "../support/read-back.ts";
import { readPoints } from "../support/read-points.ts";
import { runSender } from "../support/run-sender.ts";

const sender = installSender("ai-sdk");

describeSender("Vercel AI SDK 7 through our SDK", sender, () => {
  const service = "ai-sdk";
  let spans: SpanOfTrace[];
  const named = (name: string) => spans.filter((span) => span.name === name);

  beforeAll(async () => {
    await runSender({
      command: process.execPath,
      args: ["--conditions=@telemetry/source", "sender.mjs"],
      folder: sender.folder,
      env: {
        SERVICE: service,
        OTEL_EXPORTER_OTLP_ENDPOINT: inject("dashboard").otlpHttpUrl,
        AI_SDK_LOG_WARNINGS: "false",
      },
    });
    spans = await readSpans(service, 8);
  });

  test("its spans and ours are one tree", () => {
    const nameOf = new Map(spans.map(({ spanId, name }) => [spanId, name]));
    const edges = spans.map(({ name, parentSpanId = "" }) => [name, nameOf.get(parentSpanId)]);

    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(edges).toEqual([
      ["answer a question", undefined],
      ["invoke_agent mock-1", "answer a question"],
      ["step 1", "invoke_agent mock-1"],
      ["chat mock-1", "step 1"],
      ["execute_tool weather", "step 1"],
      ["GET /weather", "execute_tool weather"],
      ["step 2", "invoke_agent mock-1"],
      ["chat mock-1", "step 2"],
    ]);
  });

  test("its spans have the attributes of generative AI", () => {
    const common = {
      traceId: spans[0]?.traceId,
      spanId: SPAN_ID,
      parentSpanId: SPAN_ID,
      service,
      // Our SDK says which conventions its resource follows.
      resourceSchemaUrl: expect.stringMatching(
        /^https:\/\/opentelemetry\.io\/schemas\/1\./,
      ) as string,
      resource: including({
        "service.name": service,
        "telemetry.sdk.language": "nodejs",
        "telemetry.sdk.name": "telemetry",
      }),
      scope: { name: "gen_ai", attributes: {} },
      startTimeUnixNano: JUST_NOW,
      endTimeUnixNano: JUST_NOW,
      events: [],
      links: [],
      status: { code: "unset" },
      flags: 0x103, // sampled, random, and the parent is local
    };
    const call = {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "mock-provider",
      "gen_ai.request.model": "mock-1",
      "gen_ai.request.temperature": 0.5,
      "gen_ai.response.model": "mock-1-2026",
    };
    expect(named("invoke_agent mock-1")).toEqual([
      {
        ...common,
        name: "invoke_agent mock-1",
        kind: "internal",
        attributes: including({
          "gen_ai.operation.name": "invoke_agent",
          "gen_ai.agent.name": "weather-agent",
          "gen_ai.input.messages": expect.stringContaining("How warm is it in Kyiv?") as string,
          "gen_ai.output.messages": expect.stringContaining("It is 21 degrees.") as string,
          "gen_ai.usage.input_tokens": 42,
          "gen_ai.usage.output_tokens": 12,
        }),
      },
    ]);
    expect(named("chat mock-1")).toEqual([
      {
        ...common,
        name: "chat mock-1",
        kind: "client",
        attributes: including({
          ...call,
          "gen_ai.response.id": "r-1",
          "gen_ai.response.finish_reasons": ["tool-calls"],
          "gen_ai.usage.input_tokens": 12,
          "gen_ai.usage.output_tokens": 5,
        }),
      },
      {
        ...common,
        name: "chat mock-1",
        kind: "client",
        attributes: including({
          ...call,
          "gen_ai.response.id": "r-2",
          "gen_ai.response.finish_reasons": ["stop"],
          "gen_ai.usage.input_tokens": 30,
          "gen_ai.usage.output_tokens": 7,
        }),
      },
    ]);
    expect(named("execute_tool weather")).toEqual([
      {
        ...common,
        name: "execute_tool weather",
        kind: "internal",
        attributes: including({
          "gen_ai.tool.name": "weather",
          "gen_ai.tool.call.id": "call-1",
          "gen_ai.tool.call.arguments": '{"city":"Kyiv"}',
          "gen_ai.tool.call.result": '{"degrees":21}',
        }),
      },
    ]);
  });

  test("its metrics pass through our meter", async () => {
    const points = await readPoints(service, 1);

    expect(points.filter(({ name }) => name.startsWith("gen_ai."))).toEqual([
      including({
        name: "gen_ai.client.inference.duration",
        kind: "histogram",
        unit: "s",
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "mock-provider",
          "gen_ai.request.model": "mock-1",
          "gen_ai.response.model": "mock-1-2026",
        },
        count: 2,
        sum: expect.toSatisfy((seconds: number) => seconds > 0 && seconds < 60) as number,
      }),
    ]);
  });
});
