import { testStory } from "../story/test-story.ts";
import type { Dialect } from "../story/expected-story.ts";
import { describeSender } from "../support/describe-sender.ts";
import { installPython } from "../support/install.ts";
import { UUID } from "../support/matchers.ts";
import { double } from "../support/read-back.ts";

const sender = installPython();
const program = { command: sender.program, args: ["story.py"], folder: sender.folder };
const dialect: Dialect = {
  resource: {
    "service.instance.id": UUID,
    "telemetry.sdk.language": "python",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.version": "1.45.2",
  },
  attributes: { huge: "9223372036854775807", whole: double(3) },
  exceptionType: "ValueError",
  flags: { remoteChild: 0x300, child: 0x100, root: 0x100, link: 0x100 },
  hasLinkTraceState: false,
  hasExemplars: true,
};

describeSender("OpenTelemetry Python 1.45", sender, () => {
  const withCompression = (name: string) => ({
    ...program,
    env: { OTEL_EXPORTER_OTLP_COMPRESSION: name },
  });
  testStory("python", "http/protobuf", withCompression("deflate"), dialect);
  testStory("python", "grpc", withCompression("gzip"), dialect);
});
