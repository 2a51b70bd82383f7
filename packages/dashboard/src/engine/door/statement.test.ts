import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quoteIdentifier, stringLiteral } from "./literal.ts";
import { formatOf, insertFromFile, kindOf, scanTokens } from "./statement.ts";

describe("kindOf", () => {
  test.each([
    ["SELECT 1", "select"],
    ["  -- a comment\n/* and another */ ((select 1))", "select"],
    ["WITH 1 AS x SELECT x", "select"],
    ["desc t", "describe"],
    ["INSERT INTO t SELECT 1", "insert"],
    ["KILL QUERY WHERE 1", "kill"],
    ["SET max_threads = 1", "session"],
    ["CREATE TABLE select (a Int8)", "other"],
    ["'SELECT'", "other"],
    ["", "other"],
  ])("%s is %s", (sql, kind) => expect(kindOf(sql)).toBe(kind));
});

describe("formatOf", () => {
  test.each([
    ["SELECT 1 FORMAT JSON", "JSON"],
    ["SELECT 1\nformat tsv ;", "tsv"],
    ["SELECT 1 FORMAT CSV SETTINGS max_threads = 1", "CSV"],
    ["SELECT ' FORMAT JSON'", undefined],
    ["SELECT 1 -- FORMAT JSON", undefined],
    ["SELECT `FORMAT` FROM t", undefined],
    ["FORMAT", undefined],
  ])("of %s is %s", (sql, format) => expect(formatOf(sql)).toBe(format));
});

describe("insertFromFile", () => {
  test.each([
    ["INSERT INTO t FORMAT Native", "INSERT INTO t FROM INFILE '7' FORMAT Native"],
    [
      "INSERT INTO t (a, `FORMAT`) FORMAT CSV;\n",
      "INSERT INTO t (a, `FORMAT`) FROM INFILE '7' FORMAT CSV",
    ],
    [
      "INSERT INTO t (a) SETTINGS x = 'SELECT' FORMAT CSV",
      "INSERT INTO t (a) FROM INFILE '7' SETTINGS x = 'SELECT' FORMAT CSV",
    ],
    ["insert into t values", "insert into t FROM INFILE '7' FORMAT Values"],
    ["INSERT INTO t SELECT 1", undefined],
    ["INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV", undefined],
    ["INSERT INTO t", undefined],
  ])("turns %s into %s", (sql, expected) => expect(insertFromFile(sql, "7")).toBe(expected));

  test("names the compression of the file", () => {
    expect(insertFromFile("INSERT INTO t FORMAT CSV", "7", "gzip")).toBe(
      "INSERT INTO t FROM INFILE '7' COMPRESSION 'gzip' FORMAT CSV",
    );
  });
});

describe("scanTokens", () => {
  const awkward = fc.string({
    unit: fc.constantFrom("'", '"', "`", "\\", "\0", "\n", "/*", "--", "$$", "a", "ü"),
  });

  test("whatever a literal or a name holds, it is one token", () => {
    fc.assert(
      fc.property(awkward, awkward, (text, name) => {
        const sql = `${stringLiteral(text)} /* '"\` */ ${quoteIdentifier(name)} -- '`;
        expect([...scanTokens(sql)].map((token) => token.kind)).toEqual(["string", "quoted"]);
      }),
    );
  });

  test("a heredoc is one token, and an open quote is a mark", () => {
    expect([...scanTokens("$$ it's $$ x $tag$ $$ $tag$")].map((token) => token.kind)).toEqual([
      "string",
      "word",
      "string",
    ]);
    expect([...scanTokens("'open")].map((token) => token.text)).toEqual(["'", "open"]);
  });
});
