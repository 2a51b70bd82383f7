import type { Dialect } from "../story/expected-story.ts";
import { testStory } from "../story/test-story.ts";
import { describeSender } from "../support/describe-sender.ts";
import { installGo } from "../support/install.ts";
import { double } from "../support/read-back.ts";

const sender = installGo();
const dialect: Dialect = {
  resource: {
    "telemetry.sdk.language": "go",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.version": "1.47.0",
  },
  resourceSchemaUrl: "https://opentelemetry.io/schemas/1.43.0",
  attributes: {
    huge: "9223372036854775807",
    whole: double(3),
    bytes: { bytesValue: "AAECAw==" },
    map: { deep: false },
  },
  exceptionType: "*errors.errorString",
  flags: { remoteChild: 0x301, child: 0x101, root: 0x101, link: 0x101 },
  hasLinkTraceState: false,
  hasExemplars: true,
};

describeSender("OpenTelemetry Go 1.47", sender, () => {
  const program = { command: sender.program, folder: sender.folder };
  testStory("go", "http/protobuf", program, dialect);
  testStory("go", "grpc", program, dialect);
});
