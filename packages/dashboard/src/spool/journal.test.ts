import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openJournal, readJournal, type Intent } from "./journal.ts";

let directory: string;
const intent: Intent = { from: 0, to: 5, tables: ["otel_traces"], formatVersion: 1 };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-journal-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("Journal", () => {
  test("starts with nothing stored and nothing open", () => {
    const journal = openJournal(directory);
    expect(journal.checkpoint("traces")).toBe(0);
    expect(journal.openIntent("logs")).toBeUndefined();
    journal.close();
  });

  test("an intent is open until the checkpoint moves, also across a restart, by signal", () => {
    const before = openJournal(directory);
    before.writeIntent("traces", intent);
    before.moveCheckpoint("logs", 7);
    before.close();

    const after = openJournal(directory);
    expect(after.openIntent("traces")).toEqual(intent);
    expect(after.checkpoint("logs")).toBe(7);
    after.moveCheckpoint("traces", 5);
    expect(after.openIntent("traces")).toBeUndefined();
    expect(readJournal(directory).traces).toEqual({ checkpoint: 5, intent: undefined });
    after.close();
  });

  test("refuses what would insert twice or lose: a second intent, a step back, an empty range", () => {
    const journal = openJournal(directory);
    journal.moveCheckpoint("traces", 3);
    expect(() => journal.writeIntent("traces", intent)).toThrow(
      'Cannot write intent "traces 0-5": the checkpoint is 3',
    );
    expect(() => journal.writeIntent("traces", { ...intent, from: 5 })).toThrow(RangeError);
    expect(() => journal.moveCheckpoint("traces", 2)).toThrow(
      'Cannot move checkpoint "traces" to 2: it is 3',
    );
    journal.writeIntent("traces", { ...intent, from: 3 });
    expect(() => journal.writeIntent("traces", { ...intent, from: 3 })).toThrow(
      'Cannot write intent "traces 3-5": 3-5 is open',
    );
    journal.close();
  });

  test("a crash inside any line leaves the state before that line", () => {
    const path = join(directory, "journal");
    const journal = openJournal(directory);
    journal.writeIntent("traces", intent);
    const { size } = statSync(path);
    journal.moveCheckpoint("traces", 5);
    journal.close();
    const whole = readFileSync(path);

    for (let cut = size; cut < whole.length - 1; cut++) {
      writeFileSync(path, whole.subarray(0, cut));
      const reopened = openJournal(directory);
      expect(reopened.openIntent("traces")).toEqual(intent);
      reopened.moveCheckpoint("traces", 5);
      reopened.close();
      expect(readJournal(directory).traces.checkpoint).toBe(5);
    }
  });

  test("foreign or damaged lines are left out", () => {
    const journal = openJournal(directory);
    journal.moveCheckpoint("metrics", 4);
    journal.close();
    appendFileSync(
      join(directory, "journal"),
      '00000000 {"signal":"metrics","checkpoint":9}\n\u0000\u0000\n',
    );
    expect(readJournal(directory).metrics.checkpoint).toBe(4);
  });

  test("stays small: beyond its limit it is rewritten with what is true", () => {
    const journal = openJournal(directory);
    for (let position = 0; position < 600; position += 2) {
      journal.writeIntent("traces", {
        ...intent,
        from: position,
        to: position + 1,
        tables: ["t".repeat(5_000)],
      });
      journal.moveCheckpoint("traces", position + 1);
    }
    journal.close();

    expect(statSync(join(directory, "journal")).size).toBeLessThan(1_048_576);
    expect(readJournal(directory).traces.checkpoint).toBe(599);
  });

  test("says after a restart what it said before, for any sequence", () => {
    const steps = fc.array(
      fc.record({
        signal: fc.constantFrom("traces", "metrics", "logs"),
        by: fc.integer({ min: 1, max: 9 }),
        interrupted: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        rmSync(join(directory, "journal"), { force: true });
        let journal = openJournal(directory);
        for (const { signal, by, interrupted } of list) {
          const open = journal.openIntent(signal);
          const from = journal.checkpoint(signal);
          if (!open) journal.writeIntent(signal, { ...intent, from, to: from + by });
          if (interrupted) {
            const said = [journal.checkpoint(signal), journal.openIntent(signal)];
            journal.close();
            journal = openJournal(directory);
            expect([journal.checkpoint(signal), journal.openIntent(signal)]).toEqual(said);
          } else {
            journal.moveCheckpoint(signal, open?.to ?? from + by);
          }
        }
        journal.close();
      }),
      { numRuns: 30 },
    );
  });
});
