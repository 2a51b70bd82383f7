// Registration is about whole processes: which copies of the api are loaded, and in which order. So each test is
// a small app of testdata/apps in a process of its own.

import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTestReceiver } from "../testing/testing.ts";
import type { TestReceiver } from "../testing/testing.ts";

const apps = resolve(import.meta.dirname, "../../testdata/apps");
const run = promisify(execFile);
let receiver: TestReceiver;

beforeEach(async () => {
  receiver = await openTestReceiver();
});
afterEach(() => receiver.close());

async function runApp(
  name: string,
  options: { node?: string[]; variables?: Record<string, string> } = {},
): Promise<{ result: unknown; stderr: string }> {
  const { stdout, stderr } = await run(
    process.execPath,
    ["--conditions=@telemetry/source", ...(options.node ?? []), resolve(apps, name)],
    {
      env: {
        PATH: process.env["PATH"],
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        ...options.variables,
      },
    },
  );
  const last = stdout.trim().split("\n").at(-1) ?? "";
  return { result: JSON.parse(last), stderr };
}

describe("tracers taken before start", () => {
  test("record after it, from both builds of the api (66)", async () => {
    const { result, stderr } = await runApp("tracers-before-start.mjs");
    expect(result).toEqual({
      sameCopy: false,
      unrecorded: false,
      recording: { esm: true, cjs: true },
      sameContext: [true, true],
      copies: ["1.10.0", "1.10.0"],
    });
    expect(stderr).toBe("");
    const names = receiver.collected.spans.map(({ name }) => name).sort();
    expect(names).toEqual(["cjs", "esm", "outer"]);
  });
});

describe("a context manager that was first", () => {
  test("stays, our spans are visible through it, and it is named (66)", async () => {
    const { result, stderr } = await runApp("foreign-first.mjs");
    expect(result).toEqual({
      visible: { toTheApi: true, toUs: true, child: true },
      notOurs: ["context (ForeignContextManager)"],
    });
    expect(stderr).toContain("context (ForeignContextManager) was registered before");
  });
});

describe("the official instrumentations, unchanged from npm", () => {
  interface Answer {
    headers: Record<string, string>;
    spanId: string;
  }
  interface Result {
    client: { traceId: string; spanId: string };
    http: Answer;
    fetch: Answer;
  }

  test("carry the trace over http and fetch, and record both ends (2, 23, 24)", async () => {
    const { result } = await runApp("http-esm.mjs");
    const { client, ...answers } = result as Result;
    const { spans } = receiver.collected;
    const clientSpan = receiver.collected.span("client");
    for (const [name, { headers, spanId }] of Object.entries(answers)) {
      const [version, traceId, parentId, flags] = headers["traceparent"]!.split("-");
      expect([version, traceId, flags], name).toEqual(["00", client.traceId, "03"]);
      expect(headers["x-mine"]).toBe("kept");
      const sent = spans.find((span) => span.spanId === parentId)!;
      const received = spans.find((span) => span.spanId === spanId)!;
      expect([sent.kind, sent.parentSpanId]).toEqual([3, clientSpan.spanId]);
      expect([received.kind, received.parentSpanId]).toEqual([2, sent.spanId]);
      expect(received.flags & 0x300).toBe(0x300);
      expect(received.startTimeUnixNano).toBeGreaterThanOrEqual(sent.startTimeUnixNano);
    }
    // 84: the exporter's own requests are not among them.
    expect(spans.filter(({ kind }) => kind === 3)).toHaveLength(2);
  });
});
