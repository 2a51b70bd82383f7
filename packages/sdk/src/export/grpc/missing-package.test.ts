// gRPC is configured and its package is not installed (71): in a real process that cannot find it.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TelemetryOptions } from "../../options/options.ts";
import { openTestReceiver } from "../../testing/testing.ts";
import type { TestReceiver } from "../../testing/testing.ts";
import { MissingPackageError } from "../missing-package-error.ts";
import { loadGrpc } from "./load-grpc.ts";

const run = promisify(execFile);
const apps = resolve(import.meta.dirname, "../../../testdata/apps");

interface Report {
  readonly result: number;
  readonly isFlushed: boolean;
  readonly protocols: Record<string, string>;
  readonly endpoints: Record<string, string>;
  readonly signals: Record<string, { readonly waiting: number }>;
  readonly receivers: readonly { readonly answer: string }[];
}

async function runApp(options: TelemetryOptions): Promise<{ report: Report; lines: string[] }> {
  const { stdout, stderr } = await run(
    process.execPath,
    [
      "--conditions=@telemetry/source",
      `--import=${join(apps, "without-grpc.mjs")}`,
      join(apps, "exports.mjs"),
      JSON.stringify(options),
    ],
    { env: { PATH: process.env["PATH"], OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" } },
  );
  const lines = stderr.split("\n").filter((line) => line.includes("@grpc/grpc-js"));
  return { report: JSON.parse(stdout) as Report, lines };
}

let receiver: TestReceiver;
beforeEach(async () => {
  receiver = await openTestReceiver();
});
afterEach(() => receiver.close());

describe("without @grpc/grpc-js", () => {
  test("one line says which command adds it; the app is not affected, and its records wait", async () => {
    const { report, lines } = await runApp({ endpoint: "http://127.0.0.1:4317" });
    const sentence =
      'Cannot export by gRPC: the package "@grpc/grpc-js" is not installed; "npm install @grpc/grpc-js" adds it';
    expect(lines).toEqual([`telemetry: ${sentence}`]);
    expect(report).toMatchObject({
      result: 42,
      isFlushed: false,
      protocols: { traces: "grpc", metrics: "grpc", logs: "grpc" },
      signals: { traces: { waiting: 1 }, logs: { waiting: 1 } },
    });
    expect(report.receivers.map(({ answer }) => answer)).toEqual(Array(3).fill(sentence));
  });

  test("HTTP takes its place where that is allowed, and is what status() says", async () => {
    const { report, lines } = await runApp({
      endpoint: "http://127.0.0.1:4317",
      httpFallback: receiver.url,
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/ adds it; HTTP is used$/);
    expect(report).toMatchObject({
      isFlushed: true,
      protocols: { traces: "http/protobuf", metrics: "http/protobuf", logs: "http/protobuf" },
      endpoints: { logs: `${receiver.url}/v1/logs` },
    });
    const { spans, logs, points } = receiver.collected;
    expect([spans.length, logs.length, points[0]?.name]).toEqual([1, 1, "orders"]);
  });
});

test("the error has a type that names the package and the command", () => {
  const folder = mkdtempSync(join(tmpdir(), "telemetry-no-grpc-"));
  const load = (): unknown => loadGrpc([join(folder, "app.js")]);
  expect(load).toThrow(MissingPackageError);
  expect(load).toThrow(
    expect.objectContaining({
      packageName: "@grpc/grpc-js",
      installCommand: "npm install @grpc/grpc-js",
    }),
  );
  rmSync(folder, { recursive: true });
});
