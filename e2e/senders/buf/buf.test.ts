// `buf curl` is grpc-go-connect: it knows nothing of telemetry, only the official .proto files, so every field of them
// can be set. It takes the files that dd-trace ships unchanged. What is empty or wrong is answered as OTLP says (115).

import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { describeSender } from "../support/describe-sender.ts";
import { installSender, type Sender } from "../support/install.ts";
import { readLogs, readSpans } from "../support/read-back.ts";
import { readPoints } from "../support/read-points.ts";
import { endedSender } from "../support/run-sender.ts";
import { everyField } from "./every-field.ts";

const buf = installSender("buf");
const ddTrace = installSender("dd-trace");
const DEFINITIONS = join(
  ddTrace.folder,
  "node_modules/dd-trace/packages/dd-trace/src/opentelemetry/otlp",
);
const METHODS = {
  traces: "opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  logs: "opentelemetry.proto.collector.logs.v1.LogsService/Export",
};

function curl(method: string, request: object, schema = DEFINITIONS) {
  const protocol = ["--protocol", "grpc", "--http2-prior-knowledge"];
  const url = `${inject("dashboard").otlpGrpcUrl}/${method}`;
  return endedSender({
    command: join(buf.folder, "node_modules/.bin/buf"),
    args: ["curl", "--schema", schema, ...protocol, "-d", JSON.stringify(request), url],
    folder: buf.folder,
    env: { BUF_CACHE_DIR: join(buf.folder, "node_modules/.cache") },
  });
}

const sender: Sender = { ...buf, missing: buf.missing ?? ddTrace.missing };

describeSender("buf curl 1.75 over grpc", sender, () => {
  const service = "buf";
  const { traces, logs, metrics } = everyField(service);

  test.each([
    ["a span", METHODS.traces, traces, () => readSpans(service, 1)],
    ["a log record", METHODS.logs, logs, () => readLogs(service, 1)],
    ["points of all five kinds", METHODS.metrics, metrics, () => readPoints(service, 5)],
  ])("every field of %s comes back", async (_, method, { request, expected }, read) => {
    expect(await curl(method, request)).toMatchObject({ code: 0, stdout: "{}\n" });
    expect(await read()).toEqual(expected);
  });

  test("an empty request is a success", async () => {
    expect(await curl(METHODS.logs, {})).toMatchObject({ code: 0, stdout: "{}\n" });
  });

  test("a bad row is rejected alone, with its place and the reason", async () => {
    const span = { traceId: "AQID", spanId: "AQIDBAUGBwg=", name: "short trace id" };
    const { code, stdout } = await curl(METHODS.traces, {
      resourceSpans: [{ scopeSpans: [{ spans: [span] }] }],
    });

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      partialSuccess: {
        rejectedSpans: "1",
        errorMessage: expect.stringMatching(
          /^resource_spans\[0\]\.scope_spans\[0\]\.spans\[0\]\.trace_id at byte \d+: the id is not 16 bytes long/,
        ) as string,
      },
    });
  });

  test("a malformed request is INVALID_ARGUMENT with a sentence that names the field", async () => {
    const request = { resourceSpans: "EgUKAxIB" };
    const { code, stderr } = await curl(
      METHODS.traces,
      request,
      join(buf.folder, "other-definition"),
    );

    expect(code).not.toBe(0);
    const sentence =
      "resource_spans[0].scope_spans[0] at byte 3: the length passes the end of its message at byte 8";
    expect(JSON.parse(stderr)).toEqual({
      code: "invalid_argument",
      message: `Cannot decode traces request: ${sentence}`,
      details: [{ type: "google.rpc.BadRequest", value: expect.any(String) as string }],
    });
    const { details } = JSON.parse(stderr) as { details: { value: string }[] };
    expect(Buffer.from(details[0]!.value, "base64").toString()).toContain(sentence);
  });
});
