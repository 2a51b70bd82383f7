// docs/guide/verified.md names every sender at the version that is locked.

import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";

const SENDERS = resolve(import.meta.dirname, "..");
const PAGE = readFileSync(resolve(SENDERS, "../../docs/guide/verified.md"), "utf8");
const LOCKS = ["package.json", "requirements.txt", "go.mod"];

const folders = globSync(`*/{${LOCKS.join(",")}}`, { cwd: SENDERS }).map((path) => dirname(path));

test.each(folders)("%s stands in the table with a version that it locks", (folder) => {
  const row = PAGE.split("\n").find((line) => line.includes(`/senders/${folder})`));
  const lock = LOCKS.flatMap((name) => globSync(join(SENDERS, folder, name)))
    .map((path) => readFileSync(path, "utf8"))
    .join();

  expect(row, `a row that links to ${basename(folder)}`).toBeDefined();
  const versions = row!.match(/\d+\.\d+\.\d+/g) ?? [];
  expect(versions).not.toEqual([]);
  for (const version of versions) expect(lock).toMatch(new RegExp(`["=v@]${version}\\b`));
});
