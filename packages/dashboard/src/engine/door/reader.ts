// reader.ts — SQL from people: what a reader's statement may be.
//
// `readonly = 1` is not enough in an embedded engine, which may do whatever its process may. Tried on 26.7, each of
// these passes it:
//
//   SELECT 1; SELECT 2                                         runs both
//   SELECT … INTO OUTFILE '/any/path', SHOW …, DESCRIBE …      writes the file
//   SELECT file('/etc/passwd'), arrayMap(file, …), * APPLY file   reads the file (the function, not the table function)
//   SELECT * FROM (SELECT … SETTINGS readonly = 0)             lifts readonly and every limit
//   KILL QUERY WHERE 1, SYSTEM STOP MERGES                     disturbs others
//
// So ClickHouse's own parser normalises the statement, and accepts one only; its first word must be one that reads;
// no clause may change settings, no name may reach outside; and a SELECT is wrapped into a sub-query, which cannot
// hold INTO OUTFILE or FORMAT, under a limit of ours.

import { DoorError } from "./door-error.ts";
import { scanTokens } from "./statement.ts";
import type { Token } from "./statement.ts";

/** Functions that read files, load code or call other machines. */
const OUTSIDE = new Set([
  "file", "catboostevaluate", "aiclassify", "aiembed", "aiextract", "aigenerate", "aitranslate",
  "naivebayesclassifier", "naivebayesclassifierwithprob", "naivebayesclassifierwithallprobs",
  "showcertificate", "getclienthttpheader",
]); // prettier-ignore

const WRAPPED = new Set(["SELECT", "WITH"]);
const UNWRAPPED = new Set(["EXPLAIN", "SHOW", "DESCRIBE"]);

/**
 * The statement to run for a reader.
 * @param normalised what `formatQuerySingleLine` made of the reader's text, without its FORMAT clause
 * @throws {DoorError} 164 when the statement does more than read.
 */
export function readerStatement(normalised: string, rowsMax: number): string {
  const tokens = [...scanTokens(normalised)];
  const first = tokens.find((token) => token.text !== "(")?.text.toUpperCase() ?? "";
  if (!WRAPPED.has(first) && !UNWRAPPED.has(first)) {
    throw refusal(`only SELECT, WITH, EXPLAIN, SHOW and DESCRIBE are run here, not ${first}`);
  }
  for (const index of tokens.keys()) refuseAt(tokens, index);
  return UNWRAPPED.has(first) ? normalised : `SELECT * FROM (${normalised}) LIMIT ${rowsMax}`;
}

/** The text without a FORMAT clause at its end, which belongs to the answer and not to what is wrapped. */
export function withoutFormat(sql: string): string {
  const tokens = [...scanTokens(sql)].filter((token) => token.text !== ";");
  const format = tokens.at(-2);
  if (!isWord(format, "FORMAT") || tokens.at(-1)?.kind !== "word") return sql;
  return sql.slice(0, format?.start);
}

/** @throws {DoorError} when what begins at this token does more than read. */
function refuseAt(tokens: readonly Token[], index: number): void {
  const [token, next, afterNext] = tokens.slice(index, index + 3);
  const before = tokens[index - 1]?.text;
  if (token === undefined || before === ".") return; // a column of a table, a key of JSON
  if (isWord(token, "INTO") && isWord(next, "OUTFILE")) throw refusal("it writes a file");
  if (isWord(token, "PARALLEL") && isWord(next, "WITH")) throw refusal("it is more than one");
  if (isWord(token, "SETTINGS") && (afterNext?.text === "=" || afterNext?.text === ".")) {
    throw refusal("settings are fixed for readers");
  }
  if (isWord(token, "IDENTIFIER") && before === ":") {
    throw refusal("a parameter cannot stand for a name here");
  }
  if (OUTSIDE.has(nameOf(token))) {
    throw refusal(`the name "${nameOf(token)}" reaches outside of the database`);
  }
}

function nameOf(token: Token): string {
  if (token.kind === "word") return token.text.toLowerCase();
  if (token.kind === "quoted") return token.text.slice(1, -1).toLowerCase();
  return "";
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === "word" && token.text.toUpperCase() === word;
}

function refusal(reason: string): DoorError {
  return new DoorError(164, "READONLY", `Cannot run statement: ${reason}`);
}
