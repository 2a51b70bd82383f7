// Real processes with a spool are killed with SIGKILL, again and again, while the receiver comes and goes.

import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Collector, openTestReceiver } from "../../testing/testing.ts";
import type { TestReceiver } from "../../testing/testing.ts";

let directory: string;
let receiver: TestReceiver;
let isAway: boolean;
/** Spans by the bytes of the request that they came in: a repeat is the same request. */
let accepted: Map<string, string[]>;
let repeatCount: number;
let apps: App[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-crash-"));
  receiver = await openTestReceiver();
  [isAway, accepted, repeatCount, apps] = [true, new Map(), 0, []];
  receiver.answer = ({ body, path }) => {
    if (isAway || path !== "/v1/traces") return { status: isAway ? 503 : 200 };
    const collector = new Collector();
    collector.collect("traces", body);
    const bytes = body.toString("base64");
    if (accepted.has(bytes)) repeatCount++;
    accepted.set(
      bytes,
      collector.spans.map(({ name }) => name),
    );
    return {};
  };
});
afterEach(async () => {
  for (const app of apps) await app.kill();
  await receiver.close();
  rmSync(directory, { recursive: true, force: true });
});

class App {
  readonly name: string;
  /** Spans that were on disk or delivered when the app said so. */
  safeCount = 0;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #end: Promise<string>;

  constructor(name: string) {
    this.name = name;
    const script = join(import.meta.dirname, "testdata", "record-for-ever.ts");
    const args = ["--conditions=@telemetry/source", script, directory, receiver.url, name];
    this.#child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#end = this.#listen();
    apps.push(this);
  }

  async #listen(): Promise<string> {
    let last = "";
    for await (const line of createInterface({ input: this.#child.stdout })) {
      last = line;
      if (/^\d+$/.test(line)) this.safeCount = Number(line);
    }
    return last;
  }

  async isSafe(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.safeCount).toBeGreaterThanOrEqual(count), 20_000);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
    await this.#end;
  }

  /** Shuts down in order. Returns what it said about its spool. */
  async end(): Promise<string> {
    this.#child.stdin.end();
    return this.#end;
  }

  safeNames(): string[] {
    return Array.from({ length: this.safeCount }, (_, index) => `${this.name}-${index}`);
  }
}

const arrived = (): string[] => [...accepted.values()].flat();
function missing(names: readonly string[]): string[] {
  const there = new Set(arrived());
  return names.filter((name) => !there.has(name));
}
/** Without those that a kill cut in the middle: nothing in them was safe. */
const filesLeft = (): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".otlp") && !name.startsWith(".torn"),
  );

function expectOnceAndInOrder(ofApps: readonly App[]): void {
  const names = arrived();
  expect(new Set(names).size).toBe(names.length);
  expect(missing(ofApps.flatMap((app) => app.safeNames()))).toHaveLength(0);
  for (const { name } of ofApps) {
    const ofOne = names
      .filter((span) => span.startsWith(`${name}-`))
      .map((span) => span.split("-")[1]);
    expect(ofOne).toEqual(ofOne.toSorted((a, b) => Number(a) - Number(b)));
  }
}

describe("after kill -9", () => {
  test("everything that was on disk arrives, once per request, by the next process", async () => {
    for (let round = 0; round < 4; round++) {
      const app = new App(`round${round}`);
      await app.isSafe(50);
      if (round === 2) {
        isAway = false;
        await vi.waitFor(() => expect(arrived()).toContain("round2-0"), 20_000);
      }
      await app.kill();
      isAway = true;
    }
    const last = new App("last");
    isAway = false;
    await vi.waitFor(() => expect(filesLeft().length).toBeLessThan(3), 20_000);
    expect(await last.end()).toBe("end 0");
    expect(filesLeft()).toEqual([]);
    expect(apps.every(({ safeCount }) => safeCount > 0)).toBe(true);
    expectOnceAndInOrder(apps);
    // At most the one request of each killed process that was answered, and whose file was not removed yet.
    expect(repeatCount).toBeLessThanOrEqual(4);
  });

  test("of some of several processes that share the folder, the others send what they left", async () => {
    const survivors = [new App("a"), new App("b")];
    for (let round = 0; round < 3; round++) {
      const victims = [new App(`x${round}`), new App(`y${round}`)];
      for (const app of [...survivors, ...victims]) await app.isSafe(50);
      for (const victim of victims) await victim.kill();
      isAway = !isAway;
    }
    isAway = false;
    const first = apps.flatMap((app) => (survivors.includes(app) ? [] : app.safeNames()));
    await vi.waitFor(() => expect(missing(first)).toHaveLength(0), 30_000);
    for (const survivor of survivors) expect(await survivor.end()).toBe("end 0");
    expectOnceAndInOrder(apps);
    expect(repeatCount).toBeLessThanOrEqual(6);
    expect(filesLeft()).toEqual([]);
  });
});

test("processes that end in order give up what is left, and no request is sent twice", async () => {
  const first = [new App("a"), new App("b"), new App("c")];
  for (const app of first) await app.isSafe(100);
  const ends = await Promise.all(first.map((app) => app.end()));
  for (const said of ends) expect(said).toMatch(/^end [1-9]/);
  isAway = false;
  const second = [new App("d"), new App("e")];
  const names = first.flatMap((app) => app.safeNames());
  await vi.waitFor(() => expect(missing(names)).toHaveLength(0), 20_000);
  for (const app of second) expect(await app.end()).toBe("end 0");
  expectOnceAndInOrder(apps);
  expect(repeatCount).toBe(0);
  expect(filesLeft()).toEqual([]);
});
