// statement.ts — the little that the door must know of a statement: which lane runs it, in which format
// it answers, and where the data of an INSERT goes.
//
// ClickHouse's parser stays the only judge of SQL. This is a scanner, right about strings, quoted names
// and comments, so that no word inside them is taken for a keyword.

import { stringLiteral } from "./literal.ts";

export type StatementKind =
  /** Has an answer that can be streamed: SELECT, WITH, FROM. */
  | "select"
  /** Has an answer, always small: SHOW, DESCRIBE, EXPLAIN, EXISTS. */
  | "describe"
  | "insert"
  | "kill"
  /** SET, USE: changes the session it runs on. */
  | "session"
  /** DDL and all the rest. */
  | "other";

export interface Token {
  readonly kind: "word" | "quoted" | "string" | "mark";
  readonly text: string;
  readonly start: number;
}

// In this order: comments and white space (skipped), heredocs and strings, quoted names, words, single marks.
const TOKEN =
  /--[^\n]*|#[! ][^\n]*|\/\*[\s\S]*?\*\/|\s+|(?<string>'(?:[^'\\]|\\[\s\S]|'')*'|(?<tag>\$\w*\$)[\s\S]*?\k<tag>)|(?<quoted>`(?:[^`\\]|\\[\s\S]|``)*`|"(?:[^"\\]|\\[\s\S]|"")*")|(?<word>[A-Za-z_]\w*)|(?<mark>[\s\S])/g;

/** The tokens of a statement, one at a time, without white space and comments. */
export function* scanTokens(sql: string): Generator<Token> {
  for (const match of sql.matchAll(TOKEN)) {
    const { string, quoted, word, mark } = match.groups ?? {};
    const start = match.index;
    if (word !== undefined) yield { kind: "word", text: word, start };
    else if (string !== undefined) yield { kind: "string", text: string, start };
    else if (quoted !== undefined) yield { kind: "quoted", text: quoted, start };
    else if (mark !== undefined) yield { kind: "mark", text: mark, start };
  }
}

const KIND_OF_WORD: Readonly<Record<string, StatementKind>> = {
  SELECT: "select",
  WITH: "select",
  FROM: "select",
  SHOW: "describe",
  DESCRIBE: "describe",
  DESC: "describe",
  EXPLAIN: "describe",
  EXISTS: "describe",
  INSERT: "insert",
  KILL: "kill",
  SET: "session",
  USE: "session",
};

/** What a statement is, by its first word. A statement that begins with a bracket is a SELECT. */
export function kindOf(sql: string): StatementKind {
  for (const token of scanTokens(sql)) {
    if (token.text === "(") continue;
    return KIND_OF_WORD[token.text.toUpperCase()] ?? "other";
  }
  return "other";
}

/** The name in the FORMAT clause of a statement with an answer, or undefined. */
export function formatOf(sql: string): string | undefined {
  const tokens = [...scanTokens(sql)];
  for (let index = tokens.length - 2; index >= 0; index--) {
    const name = tokens[index + 1];
    if (isWord(tokens[index], "FORMAT") && name?.kind === "word") return name.text;
  }
  return undefined;
}

/**
 * Turns `INSERT INTO t (a) SETTINGS … FORMAT Native`, whose data came as the body, into one that reads the data
 * from a file. Returns undefined when the statement takes no data of its own (INSERT … SELECT).
 */
export function insertFromFile(
  sql: string,
  file: string,
  compression?: string,
): string | undefined {
  const tokens = [...scanTokens(sql)];
  const end = clauseStart(tokens);
  if (end === undefined) return undefined;
  const from = `FROM INFILE ${stringLiteral(file)}${compression === undefined ? "" : ` COMPRESSION ${stringLiteral(compression)}`} `;
  const tail = sql.slice(end.start).replace(/[;\s]+$/, "");
  return `${sql.slice(0, end.start)}${from}${end.values ? "FORMAT Values" : tail}`;
}

/** Where the first of SETTINGS, FORMAT and VALUES stands outside brackets, if nothing else gives the data. */
function clauseStart(tokens: Token[]): { start: number; values: boolean } | undefined {
  let depth = 0;
  for (const token of tokens) {
    if (token.text === "(") depth++;
    else if (token.text === ")") depth--;
    else if (depth > 0 || token.kind !== "word") continue;
    else if (isWord(token, "SELECT") || isWord(token, "WITH") || isWord(token, "INFILE"))
      return undefined;
    else if (isWord(token, "SETTINGS") || isWord(token, "FORMAT"))
      return { start: token.start, values: false };
    else if (isWord(token, "VALUES")) return { start: token.start, values: true };
  }
  return undefined;
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === "word" && token.text.toUpperCase() === word;
}
