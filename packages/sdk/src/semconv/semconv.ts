// semconv.ts — `@telemetry/sdk/semconv`: names of attributes, so that a misspelt one does not compile.
//
// A subpath of its own, because a thousand names are much more text than the SDK. Everything that OpenTelemetry's semantic conventions call stable, and what agents need from those in development.

export * from "@opentelemetry/semantic-conventions";
export {
  ATTR_GEN_AI_AGENT_ID,
  ATTR_GEN_AI_AGENT_NAME,
  ATTR_GEN_AI_CONVERSATION_ID,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_TOKEN_TYPE,
  ATTR_GEN_AI_TOOL_NAME,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
} from "@opentelemetry/semantic-conventions/incubating";

/** Component of a span that is neither a service nor an instrumentation scope. */
export const ATTR_AGENT_NAME = "agent.name" as const;
export const ATTR_TOOL_NAME = "tool.name" as const;
