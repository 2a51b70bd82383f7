// array-text.ts — arrays as ClickHouse prints them inside text: ['it\'s','b'], [1,NULL], [true,[1.5]].

import type { AttributeValue } from "../contract/contract.ts";
import { doubleValue, integerValue } from "./json-values.ts";

const STRING = /'((?:[^'\\]|\\[\s\S])*)'/y;
const WORD = /[^,\]]+/y;

/** `type` is the array's, `Array(Nullable(Float64))`; it tells 5 from 5.0. */
export function parseArrayText(text: string, type: string): AttributeValue[] {
  const isDouble = type.includes("Float64");
  let position = 0;

  const readArray = (): AttributeValue[] => {
    const values: AttributeValue[] = [];
    position++; // [
    while (text[position] !== "]") {
      values.push(readValue());
      if (text[position] === ",") position++;
    }
    position++; // ]
    return values;
  };

  const readValue = (): AttributeValue => {
    if (text[position] === "[") return readArray();
    if (text[position] === "'") return unescape(take(STRING).slice(1, -1));
    return wordValue(take(WORD), isDouble);
  };

  const take = (pattern: RegExp): string => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) {
      throw new SyntaxError(`Cannot read array "${text.slice(0, 100)}": stops at ${position}`);
    }
    position += found.length;
    return found;
  };

  return readArray();
}

function wordValue(word: string, isDouble: boolean): AttributeValue {
  if (word === "NULL") return null;
  if (word === "true" || word === "false") return word === "true";
  return isDouble || /[.eni]/.test(word) ? doubleValue(word) : integerValue(word);
}

const ESCAPES: Record<string, string> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  "0": "\0",
};

function unescape(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, character: string) => ESCAPES[character] ?? character);
}
