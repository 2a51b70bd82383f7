import { testStory } from "../story/test-story.ts";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, inject, test } from "vitest";
import type { Dialect } from "../story/expected-story.ts";
import { describeSender } from "../support/describe-sender.ts";
import { installPython } from "../support/install.ts";
import { including, UUID } from "../support/matchers.ts";
import { double, readLogs, readSpans } from "../support/read-back.ts";
import { readPoints } from "../support/read-points.ts";
import { runSender } from "../support/run-sender.ts";

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

  test("the three lines of the README send what an app without an SDK does", async () => {
    const service = "python README";
    const lines = threeLines().replace("http://localhost:4318", inject("dashboard").otlpHttpUrl);
    await runSender({
      command: "sh",
      args: ["-ec", lines],
      folder: sender.folder,
      env: {
        PATH: `${join(sender.program, "..")}:${process.env["PATH"]}`,
        OTEL_SERVICE_NAME: service,
      },
    });
    const [span] = await readSpans(service, 1);

    expect(span).toEqual(including({ name: "work", attributes: { "order.id": 42 } }));
    expect(await readLogs(service, 1)).toEqual([
      including({
        body: "low stock",
        severityNumber: 13,
        traceId: span?.traceId,
        spanId: span?.spanId,
      }),
    ]);
    expect(await readPoints(service, 1)).toEqual([
      including({ name: "orders", value: { asInt: 1 } }),
    ]);
  });
});

/** The block of README.md that ends with this app. */
function threeLines(): string {
  const readme = readFileSync(resolve(import.meta.dirname, "../../../README.md"), "utf8");
  const [, block] = /```sh\n((?:[^`\n]*\n)*opentelemetry-instrument python app\.py)\n```/.exec(
    readme,
  )!;
  return block!;
}
