import { expect, test } from "vitest";
import { openLog } from "./self.ts";

test("a line of text has time, level and message", () => {
  const lines: string[] = [];
  openLog({ json: false, write: (line) => lines.push(line) })("warn", "Port 4318 is taken");
  expect(lines).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d warn {2}Port 4318 is taken\n$/)]);
});

test("a line of JSON has its fields too", () => {
  const lines: string[] = [];
  openLog({ json: true, write: (line) => lines.push(line) })("info", "ready", { pid: 7 });
  expect(lines[0]).toMatch(/\n$/);
  expect(JSON.parse(lines[0]!)).toEqual({
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    level: "info",
    message: "ready",
    pid: 7,
  });
});
