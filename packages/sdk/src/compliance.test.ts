// docs/guide/compliance.md says for each row of the specification's matrix which test shows it. A row that names
// a test which is not there is a claim without proof.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const page = resolve(import.meta.dirname, "../../../docs/guide/compliance.md");
const text = readFileSync(page, "utf8");
const rows = [...text.matchAll(/^\| ([A-Z]+-\d+) \| (.+?) \| (.+?) \|$/gm)];

describe("docs/guide/compliance.md", () => {
  test.each([
    ["Traces", "T", 64],
    ["Baggage", "B", 2],
    ["Resource", "R", 7],
    ["Context Propagation", "C", 19],
    ["Environment Variables", "E", 30],
  ])("has all rows of %s, each once", (section, letter, count) => {
    expect(text).toContain(`\n## ${section}\n`);
    const ids = rows.map(([, id]) => id!).filter((id) => id.startsWith(`${letter}-`));
    expect(ids).toEqual(
      Array.from({ length: count }, (_, i) => `${letter}-${String(i + 1).padStart(2, "0")}`),
    );
  });

  test.each(rows.map(([, id, , proof]) => [id!, proof!]))("%s is shown by a test", (_, proof) => {
    const link = /^\[(.+)\]\((.+)\)$/.exec(proof);
    if (link === null) {
      expect(proof).toMatch(/^no: /);
      return;
    }
    const [, title = "", path = ""] = link;
    expect(readFileSync(resolve(dirname(page), path), "utf8")).toContain(title);
  });
});
