// terms.ts — splits a filter at its top-level `and`.

/**
 * The terms that are joined by `and` outside quotes and parentheses. A filter with a top-level `or` is one
 * term, because removing a part of it would change its meaning.
 */
export function splitTerms(filter: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (const word of topLevelWords(filter)) {
    if (word.text === "or") return [filter.trim()];
    if (word.text !== "and") continue;
    terms.push(filter.slice(start, word.start));
    start = word.start + word.text.length;
  }
  terms.push(filter.slice(start));
  return terms.map((term) => term.trim()).filter((term) => term !== "");
}

/** The filter that holds when every term holds. A term with a top-level `or` is put in parentheses. */
export function joinTerms(terms: readonly string[]): string {
  if (terms.length === 1) return terms[0]!;
  return terms.map((term) => (hasTopLevelOr(term) ? `(${term})` : term)).join(" and ");
}

function hasTopLevelOr(term: string): boolean {
  for (const word of topLevelWords(term)) if (word.text === "or") return true;
  return false;
}

/** A word is anything up to white space, a quote, a parenthesis, a comma or an operator. */
const WORD_CHARACTER = /[^\s"'(),=<>~!]/;

interface Word {
  readonly text: string;
  readonly start: number;
}

/** Words outside quotes and parentheses, in lower case. */
function* topLevelWords(filter: string): Generator<Word> {
  let depth = 0;
  let index = 0;
  while (index < filter.length) {
    const char = filter[index]!;
    if (char === '"' || char === "'") {
      index = endOfQuote(filter, index);
      continue;
    }
    if (char === "(") depth++;
    if (char === ")") depth--;
    if (!WORD_CHARACTER.test(char)) {
      index++;
      continue;
    }
    const start = index;
    while (index < filter.length && WORD_CHARACTER.test(filter[index]!)) index++;
    if (depth === 0) yield { text: filter.slice(start, index).toLowerCase(), start };
  }
}

function endOfQuote(filter: string, start: number): number {
  const quote = filter[start];
  for (let index = start + 1; index < filter.length; index++) {
    if (filter[index] === "\\") index++;
    else if (filter[index] === quote) return index + 1;
  }
  return filter.length;
}
