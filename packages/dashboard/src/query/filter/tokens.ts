// tokens.ts — cuts a filter's text into words, strings, operators and parentheses.
//
//   word      anything up to white space, a quote, a parenthesis, a comma or an operator:
//             checkout, http.route, 100ms, -1.5, /users/{id}
//   string    "…" or '…'; \" (or \') and \\ are the only escapes, so a pattern keeps its backslashes
//   operator  = != < <= > >= ~ !~

import { FilterSyntaxError } from "./tree.ts";

export interface Token {
  readonly type: "word" | "string" | "operator" | "(" | ")" | "," | "end";
  readonly text: string;
  readonly position: number;
}

/** Characters of a filter's text: a URL that holds one stays short enough for every proxy. */
export const FILTER_LENGTH_MAX = 8_192;

const SPACE = /\s+/y;
const OPERATOR = /!=|!~|<=|>=|=|<|>|~/y;
const PUNCTUATION = /[(),]/y;
const WORD = /[^\s"'(),=<>~!]+/y;
const STRING = /"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'/y;

/** Ends with one token of type "end". Throws FilterSyntaxError. */
export function tokenize(text: string): Token[] {
  if (text.length > FILTER_LENGTH_MAX) {
    throw new FilterSyntaxError(
      `it is longer than ${FILTER_LENGTH_MAX} characters`,
      FILTER_LENGTH_MAX,
    );
  }
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const space = matchAt(SPACE, text, position);
    if (space !== undefined) {
      position += space.length;
      continue;
    }
    const { token, end } = readToken(text, position);
    tokens.push(token);
    position = end;
  }
  tokens.push({ type: "end", text: "", position });
  return tokens;
}

function readToken(text: string, position: number): { token: Token; end: number } {
  const found = (type: Token["type"], source: string, value = source) => ({
    token: { type, text: value, position },
    end: position + source.length,
  });

  const punctuation = matchAt(PUNCTUATION, text, position);
  if (punctuation !== undefined) return found(punctuation as "(" | ")" | ",", punctuation);
  const operator = matchAt(OPERATOR, text, position);
  if (operator !== undefined) return found("operator", operator);
  const quoted = matchAt(STRING, text, position);
  if (quoted !== undefined) return found("string", quoted, unquote(quoted));
  const word = matchAt(WORD, text, position);
  if (word !== undefined) return found("word", word);

  const character = text[position];
  throw new FilterSyntaxError(
    character === "!" ? 'a "!" stands alone; write "not" or "!="' : "a quote is not closed",
    position,
  );
}

/** Removes the quotes, and the backslash before a quote or a backslash. */
function unquote(source: string): string {
  const quote = source[0];
  return source
    .slice(1, -1)
    .replace(/\\([\s\S])/g, (escape, character: string) =>
      character === quote || character === "\\" ? character : escape,
    );
}

function matchAt(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}
