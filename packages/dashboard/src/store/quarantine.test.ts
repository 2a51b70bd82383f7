import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Quarantine, type SetAside } from "./quarantine.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-quarantine-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function entryOf(id: string, overrides: Partial<SetAside> = {}): SetAside {
  const summary = `span "${id}"`;
  return {
    id,
    signal: "traces",
    timeUnixNano: "1",
    reason: `of ${id}`,
    summary,
    count: 1,
    ...overrides,
  };
}

describe("Quarantine", () => {
  test("keeps rows over a restart, newest first", () => {
    const before = new Quarantine(directory);
    before.add(entryOf("a", { row: { SpanName: "x" } }));
    before.add(entryOf("b"));

    const after = new Quarantine(directory);
    expect(after.shown.map((row) => row.summary)).toEqual(['span "b"', 'span "a"']);
    const [first] = readFileSync(join(directory, "00000001.jsonl"), "utf8").split("\n");
    expect(JSON.parse(first ?? "")).toEqual(entryOf("a", { row: { SpanName: "x" } }));
  });

  test("shows rows of one reason as one, with their count and the newest summary", () => {
    const quarantine = new Quarantine(directory);
    quarantine.add(entryOf("a", { reason: "same", count: 2 }));
    quarantine.add(entryOf("b"));
    quarantine.add(entryOf("c", { reason: "same", count: 3 }));
    expect(quarantine.shown).toMatchObject([
      { reason: "same", count: 5, summary: 'span "c"' },
      { reason: "of b", count: 1 },
    ]);
  });

  test("adds a row once, also when a replay adds it after a restart", () => {
    expect(new Quarantine(directory).add(entryOf("a"))).toBe(true);
    const again = new Quarantine(directory);
    expect(again.add(entryOf("a"))).toBe(false);
    expect(again.shown).toMatchObject([{ count: 1 }]);
  });

  test("passes over half a line that a crash left", () => {
    new Quarantine(directory).add(entryOf("a"));
    appendFileSync(join(directory, "00000001.jsonl"), '{"id":"b","sig');
    expect(new Quarantine(directory).shown).toHaveLength(1);
  });

  test("shows a hundred at most", () => {
    const quarantine = new Quarantine(directory);
    for (let index = 0; index < 120; index++) quarantine.add(entryOf(`row ${index}`));
    expect(quarantine.shown).toHaveLength(100);
    expect(quarantine.shown[0]?.summary).toBe('span "row 119"');
  });

  test("is bounded on disk: a huge row is kept without its values, old files go", () => {
    const quarantine = new Quarantine(directory);
    quarantine.add(entryOf("huge", { row: { Body: "x".repeat(2_000_000) } }));
    expect(readFileSync(join(directory, "00000001.jsonl"), "utf8").length).toBeLessThan(1_000);

    const row = { Body: "x".repeat(1_000_000) };
    for (let index = 0; index < 80; index++) quarantine.add(entryOf(`row ${index}`, { row }));
    const files = readdirSync(directory).toSorted();
    expect(files).toHaveLength(8);
    expect(files[0]).not.toBe("00000001.jsonl");
    expect(new Quarantine(directory).shown[0]?.summary).toBe('span "row 79"');
  });
});
