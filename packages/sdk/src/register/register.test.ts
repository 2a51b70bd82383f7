import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTestReceiver } from "../testing/testing.ts";
import type { TestReceiver } from "../testing/testing.ts";
import { findInstrumentations } from "./find-instrumentations.ts";

const app = resolve(import.meta.dirname, "../../testdata/registered-app");
const run = promisify(execFile);
let receiver: TestReceiver;

beforeEach(async () => {
  receiver = await openTestReceiver();
});
afterEach(() => receiver.close());

async function runApp(variables: Record<string, string> = {}): Promise<string> {
  const { stderr } = await run(
    process.execPath,
    ["--conditions=@telemetry/source", "--import", "@telemetry/sdk/register", "app.mjs"],
    {
      cwd: app,
      env: {
        PATH: process.env["PATH"],
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_SERVICE_NAME: "registered",
        ...variables,
      },
    },
  );
  return stderr;
}

const kinds = (): number[] => receiver.collected.spans.map(({ kind }) => kind).sort();

describe("--import @telemetry/sdk/register", () => {
  test("records an app that knows nothing of it, with what its package.json names", async () => {
    const stderr = await runApp();
    expect(kinds()).toEqual([2, 2, 3, 3]);
    expect(new Set(receiver.collected.spans.map(({ traceId }) => traceId)).size).toBe(2);
    expect(receiver.collected.spans[0]!.resource["service.name"]).toBe("registered");
    const lines = stderr.split("\n").filter((line) => /^telemetry: .*instrumentation/.test(line));
    expect(lines).toEqual([
      expect.stringContaining(
        'Cannot use instrumentation "@opentelemetry/instrumentation-missing"',
      ),
    ]);
  });

  test("leaves out what OTEL_NODE_DISABLED_INSTRUMENTATIONS names", async () => {
    await runApp({ OTEL_NODE_DISABLED_INSTRUMENTATIONS: "undici, missing" });
    expect(kinds()).toEqual([2, 2, 3]);
  });

  test("does nothing when OTEL_SDK_DISABLED is true", async () => {
    await runApp({ OTEL_SDK_DISABLED: "true" });
    expect(receiver.requests).toHaveLength(0);
  });
});

describe("findInstrumentations", () => {
  test("uses only what is enabled, and only packages that the app names itself", () => {
    const found = findInstrumentations(join(app, "app.mjs"), {
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: "http",
    });
    expect(found.instrumentations.map((one) => one.instrumentationName)).toEqual([
      "@opentelemetry/instrumentation-http",
    ]);
    expect(found.failed).toEqual([]);
    for (const one of found.instrumentations) one.disable();
  });

  test("finds nothing where there is no app", async () => {
    const folder = await mkdtemp(join(tmpdir(), "no-app-"));
    await writeFile(join(folder, "package.json"), "{}");
    expect(findInstrumentations(folder, {})).toEqual({
      instrumentations: [],
      paths: [],
      failed: [],
    });
  });
});
