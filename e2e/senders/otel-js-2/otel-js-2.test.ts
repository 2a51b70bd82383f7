import type { Dialect } from "../story/expected-story.ts";
import { testStory } from "../story/test-story.ts";
import { describeSender } from "../support/describe-sender.ts";
import { installSender } from "../support/install.ts";

const sender = installSender("otel-js-2");
const program = { command: process.execPath, args: ["sender.mjs"], folder: sender.folder };
const dialect: Dialect = {
  resource: {
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.version": "2.12.0",
  },
  exceptionType: "RangeError",
  flags: { remoteChild: 0x301, child: 0x101, root: 0x101, link: 0x101 },
};

describeSender("OpenTelemetry JS 2.12", sender, () => {
  testStory("otel-js-2", "http/protobuf", program, dialect);
  testStory("otel-js-2", "grpc", program, dialect);
  const env = { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta" };
  testStory("otel-js-2", "http/json", { ...program, env }, { ...dialect, temporality: "delta" });
});
