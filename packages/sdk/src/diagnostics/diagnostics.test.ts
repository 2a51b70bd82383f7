import { afterEach, describe, expect, test, vi } from "vitest";
import { Diagnostics } from "./diagnostics.ts";
import type { DiagnosticsOptions } from "./diagnostics.ts";

function open(options: DiagnosticsOptions = {}): { diagnostics: Diagnostics; lines: string[] } {
  const lines: string[] = [];
  return { diagnostics: new Diagnostics({ write: (line) => lines.push(line), ...options }), lines };
}

afterEach(() => vi.useRealTimers());

describe("Diagnostics", () => {
  test("says a sentence once per key, and counts it every time", () => {
    const { diagnostics, lines } = open();
    for (let i = 0; i < 3; i++) diagnostics.sayOnce("warn", "queue.full", `Lost ${i}`);
    diagnostics.count("other", 5);
    expect(lines).toEqual(["telemetry: Lost 0"]);
    expect(diagnostics.counters()).toEqual({ "queue.full": 3, other: 5 });
  });

  test("prints from its level up; keeps everything for the doctor", () => {
    const { diagnostics, lines } = open({ logLevel: "error" });
    diagnostics.say("error", "a");
    diagnostics.say("warn", "b");
    expect(lines).toEqual(["telemetry: a"]);
    expect(diagnostics.recent().map(({ sentence }) => sentence)).toEqual(["a", "b"]);
    const silent = open({ logLevel: "silent" });
    silent.diagnostics.say("error", "c");
    expect(silent.lines).toEqual([]);
  });

  test("prints at most ten lines a minute, and says how many it held back", () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const { diagnostics, lines } = open();
    for (let i = 0; i < 15; i++) diagnostics.say("warn", String(i));
    expect(lines).toHaveLength(10);
    vi.advanceTimersByTime(60_000);
    diagnostics.say("warn", "later");
    expect(lines.at(-1)).toBe("telemetry: later (5 lines were held back)");
  });

  test("keeps the last fifty sentences", () => {
    const { diagnostics } = open({ logLevel: "silent" });
    for (let i = 0; i < 80; i++) diagnostics.say("info", String(i));
    expect(diagnostics.recent()).toHaveLength(50);
    expect(diagnostics.recent().at(-1)!.sentence).toBe("79");
  });

  test("a stderr that is closed is no reason to fail", () => {
    const { diagnostics } = open({
      write: () => {
        throw new Error("EPIPE");
      },
    });
    diagnostics.say("warn", "x");
    expect(diagnostics.counters()["diagnostics.failed"]).toBe(1);
  });
});
