// reader.ts — SQL from people: what a reader's statement may be.
//
// `readonly = 1` is not enough in an embedded engine, which is allowed what its process is. Tried on 26.7, each of
// these passes `readonly = 1`:
//
//   SELECT 1; SELECT 2                              runs both
//   SELECT … INTO OUTFILE '/any/path'               writes the file; so do SHOW and DESCRIBE
//   SELECT file('/etc/passwd')                      the function, not the table function, reads the file;
//   SELECT arrayMap(file, …), * APPLY file          so does every other way to name it
//   KILL QUERY WHERE 1, SYSTEM STOP MERGES, USE     disturb others
//
// So a statement is normalised by ClickHouse's own parser, which accepts one statement only; its first word must be
// one that reads; no function that leaves the engine may be named; and a SELECT is wrapped into a sub-query, which
// cannot hold INTO OUTFILE, FORMAT or a limit above ours.

import { DoorError } from "./door-error.ts";
import { scanTokens } from "./statement.ts";
import type { Token } from "./statement.ts";

/** Functions that read files, load code or call other machines. */
const OUTSIDE = new Set([
  "file", "catboostevaluate", "aiclassify", "aiembed", "aiextract", "aigenerate", "aitranslate",
  "naivebayesclassifier", "naivebayesclassifierwithprob", "naivebayesclassifierwithallprobs",
  "showcertificate", "getclienthttpheader",
]); // prettier-ignore

const WRAPPED = new Set(["SELECT", "WITH", "EXPLAIN"]);
const UNWRAPPED = new Set(["SHOW", "DESCRIBE"]);

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
  for (const [index, token] of tokens.entries()) {
    if (isWord(token, "INTO") && isWord(tokens[index + 1], "OUTFILE"))
      throw refusal("it writes a file");
    if (isWord(token, "IDENTIFIER") && tokens[index - 1]?.text === ":") {
      throw refusal("a parameter cannot stand for a name here");
    }
    if (tokens[index - 1]?.text !== "." && OUTSIDE.has(nameOf(token))) {
      throw refusal(`the name ${nameOf(token)} reaches outside of the database`);
    }
  }
  return UNWRAPPED.has(first) ? normalised : `SELECT * FROM (${normalised}) LIMIT ${rowsMax}`;
}

/** The text without a FORMAT clause at its end, which belongs to the answer and not to what is wrapped. */
export function withoutFormat(sql: string): string {
  const tokens = [...scanTokens(sql)].filter((token) => token.text !== ";");
  const format = tokens.at(-2);
  if (!isWord(format, "FORMAT") || tokens.at(-1)?.kind !== "word") return sql;
  return sql.slice(0, format?.start);
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
