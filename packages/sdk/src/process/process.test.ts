// The end of a process, in real processes (83).

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTestReceiver } from "../testing/testing.ts";
import type { TestReceiver } from "../testing/testing.ts";

const app = resolve(import.meta.dirname, "../../testdata/apps/end.mjs");
let receiver: TestReceiver;

beforeEach(async () => {
  receiver = await openTestReceiver();
});
afterEach(() => receiver.close());

interface Ended {
  code: number | null;
  signal: string | null;
  stderr: string;
  lastedMs: number;
}

async function runApp(
  way: string,
  options: { signal?: NodeJS.Signals; variables?: Record<string, string> } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, ["--conditions=@telemetry/source", app, way], {
    env: {
      PATH: process.env["PATH"],
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_METRICS_EXPORTER: "none",
      ...options.variables,
    },
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.resume();
  let startMs = performance.now();
  if (options.signal !== undefined) {
    await once(child.stdout, "data");
    startMs = performance.now();
    child.kill(options.signal);
  }
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, stderr, lastedMs: performance.now() - startMs };
}

const names = (): string[] => receiver.collected.spans.map(({ name }) => name);

describe("what is queued", () => {
  test("is sent when there is nothing left to do", async () => {
    expect(await runApp("drain")).toMatchObject({ code: 0, stderr: "" });
    expect(names()).toEqual(["first", "last"]);
  });

  test("is sent, too, when the app finds more to do at its end", async () => {
    expect(await runApp("drain-late")).toMatchObject({ code: 0, stderr: "" });
    expect(names()).toEqual(["first", "last", "late"]);
  });

  test("is lost when nobody takes it at the end, which one line says", async () => {
    await receiver.close();
    const { code, stderr, lastedMs } = await runApp("drain");
    expect(code).toBe(0);
    expect(stderr).toMatch(/telemetry: Cannot send 2 records any more: no receiver took them/);
    expect(lastedMs).toBeLessThan(4_000);
  });

  test("is sent by shutdown before process.exit()", async () => {
    expect(await runApp("shutdown")).toMatchObject({ code: 0, stderr: "" });
    expect(names()).toEqual(["first", "last"]);
  });

  test("is lost by process.exit(), which one line says, with the way out", async () => {
    const { code, stderr } = await runApp("exit");
    expect(code).toBe(3);
    expect(names()).toEqual(["first"]);
    expect(stderr).toMatch(/^telemetry: Cannot send 1 records any more: .*await shutdown\(\).*\n$/);
    expect((await runApp("exit", { variables: { TELEMETRY_QUIET: "1" } })).stderr).toBe("");
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "is sent on %s; the process ends as it would without us",
    async (signal) => {
      const ended = await runApp("signal", { signal });
      expect(ended).toMatchObject({ code: null, signal, stderr: "" });
      expect(names()).toEqual(["first", "last"]);
      expect(ended.lastedMs).toBeLessThan(2_500);
    },
  );

  test("is sent beside an app that handles the signal, and the app decides when to end", async () => {
    const ended = await runApp("signal-beside-app", { signal: "SIGTERM" });
    expect(ended).toMatchObject({ code: 7, signal: null });
    expect(names()).toEqual(["first", "last"]);
  });
});

describe("what waits for the end of its trace (sample)", () => {
  test.each([
    ["held-drain", undefined],
    ["held-signal", "SIGTERM"],
  ] as const)("is decided and sent, by %s", async (way, signal) => {
    const ended = await runApp(way, signal === undefined ? {} : { signal });
    expect(ended).toMatchObject({ signal: signal ?? null, stderr: "" });
    expect(names()).toEqual(["first", "last"]);
  });

  test("is lost by process.exit(), and counted as far as it would have been kept", async () => {
    const { stderr } = await runApp("held-exit");
    expect(names()).toEqual([]);
    expect(stderr).toContain("Cannot send 2 records any more");
  });

  test("waits on beside an app that handles the signal: its requests may still end", async () => {
    await runApp("held-signal-beside-app", { signal: "SIGTERM" });
    expect(names()).toEqual([]);
  });
});

describe("a process", () => {
  test("ends while a receiver hangs, after at most two seconds", async () => {
    receiver.answer = () => ({ hang: true });
    const ended = await runApp("signal", { signal: "SIGTERM" });
    expect(ended.signal).toBe("SIGTERM");
    expect(ended.lastedMs).toBeLessThan(4_000);
  });

  test("is not kept alive by timers, sockets or spans that never end", async () => {
    receiver.answer = () => ({ hang: true });
    const ended = await runApp("open");
    expect(ended.code).toBe(0);
    expect(ended.lastedMs).toBeLessThan(6_000);
  });
});

describe("with a destination that hangs, and a spool", () => {
  let directory: string;
  let hanging: TestReceiver;
  let variables: Record<string, string>;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "telemetry-end-"));
    hanging = await openTestReceiver();
    hanging.answer = () => ({ hang: true });
    variables = variablesWith(10_000);
  });
  afterEach(async () => {
    await hanging.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function variablesWith(timeoutMs: number): Record<string, string> {
    const hangs = { name: "hanging", endpoint: hanging.url, signals: ["traces"], timeoutMs };
    return { OPTIONS: JSON.stringify({ destinations: [hangs], spool: { directory } }) };
  }
  const filesOf = (destination: string): string[] =>
    readdirSync(join(directory, destination), { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".otlp"),
    );

  test.each([
    ["SIGTERM", "signal", "SIGTERM"],
    ["the end of the work", "drain", undefined],
  ] as const)(
    "%s ends the process as without us; the other destination has everything, the disk the rest",
    async (_, way, signal) => {
      const ended = await runApp(way, { variables, ...(signal === undefined ? {} : { signal }) });
      expect(ended).toMatchObject({ code: signal === undefined ? 0 : null, stderr: "" });
      expect(ended.lastedMs).toBeLessThan(4_000);
      expect(names()).toEqual(["first", "last"]);
      expect(filesOf("hanging")).toHaveLength(2);
      expect(filesOf("main")).toEqual([]);

      hanging.answer = () => ({});
      hanging.collected.clear();
      await runApp("drain", { variables });
      const sent = hanging.collected.spans.map(({ name }) => name);
      expect(sent.toSorted()).toEqual(["first", "first", "last", "last"]);
      expect(filesOf("hanging")).toEqual([]);
    },
  );

  test("shutdown leaves on disk what could not be sent", async () => {
    expect(await runApp("shutdown", { variables: variablesWith(200) })).toMatchObject({ code: 0 });
    expect(names()).toEqual(["first", "last"]);
    expect(filesOf("hanging")).toHaveLength(2);
  });

  test("process.exit() loses only what was in memory", async () => {
    const { stderr } = await runApp("exit", { variables });
    expect(stderr).toMatch(/^telemetry: Cannot send 1 records any more: /);
    expect(filesOf("hanging")).toHaveLength(1);
  });
});
