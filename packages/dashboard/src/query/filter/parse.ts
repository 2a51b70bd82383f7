// parse.ts — text to filter, by recursive descent.
//
//   filter     = [ or ]
//   or         = and { "or" and }
//   and        = unary { [ "and" ] unary }             conditions side by side mean "and"
//   unary      = "not" unary | "(" or ")" | "exists" key | condition | text
//   condition  = key ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
//              | key ( "~" | "!~" ) value              RE2 pattern
//              | key [ "not" ] "contains" value
//              | key [ "not" ] "in" "(" value { "," value } ")"
//   key        = word | string | ( "resource." | "attribute." ) string
//   value      = word | string
//   text       = word | string                          with no operator after it
//
// Key words are in either case. A string is quoted to be a value, a text or a key that would not be
// one word.

import { patternOf } from "./pattern.ts";
import { tokenize, type Token } from "./tokens.ts";
import {
  FilterSyntaxError,
  type CompareOperator,
  type Filter,
  type FilterKey,
  type Literal,
} from "./tree.ts";

/** Conditions of one filter. A hundred ids pasted into `in (…)` are fine, a list of a table is not. */
const CONDITIONS_MAX = 256;
/** Parentheses and `not` inside each other. */
const DEPTH_MAX = 32;

const COMPARE_OPERATORS = new Set(["=", "<", "<=", ">", ">="]);
const KEY_WORDS = new Set(["and", "or", "not", "exists", "in", "contains"]);
const OWNERS: ReadonlyArray<[prefix: string, owner: "attribute" | "resource"]> = [
  ["resource.", "resource"],
  ["attribute.", "attribute"],
  ["attributes.", "attribute"],
];

/** Reads a filter. The empty text is the filter that everything passes. Throws FilterSyntaxError. */
export function parseFilter(text: string): Filter {
  const parser = new Parser(tokenize(text));
  return parser.parse();
}

/** A key as it is written without quotes: with or without its owner before it. */
export function keyOf(text: string, position = 0): FilterKey {
  const [prefix, owner] = OWNERS.find(([start]) => text.startsWith(start)) ?? ["", "any"];
  const name = text.slice(prefix.length);
  if (name === "") return { owner: "any", name: text, quoted: false, position };
  return { owner, name, quoted: false, position };
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #conditionCount = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Filter {
    if (this.#peek().type === "end") return { type: "everything" };
    const filter = this.#or();
    const rest = this.#peek();
    if (rest.type !== "end")
      throw new FilterSyntaxError(`"${rest.text}" is not expected`, rest.position);
    return filter;
  }

  #or(): Filter {
    const operands = [this.#and()];
    while (this.#takeWord("or")) operands.push(this.#and());
    return combine("or", operands);
  }

  #and(): Filter {
    const operands = [this.#unary()];
    while (this.#takeWord("and") || this.#startsUnary()) operands.push(this.#unary());
    return combine("and", operands);
  }

  #startsUnary(): boolean {
    const { type } = this.#peek();
    return (type === "word" && !this.#isWord("or")) || type === "string" || type === "(";
  }

  #unary(): Filter {
    const start = this.#peek();
    if (++this.#depth > DEPTH_MAX) {
      throw new FilterSyntaxError(`more than ${DEPTH_MAX} levels`, start.position);
    }
    try {
      if (this.#takeWord("not")) return { type: "not", operand: this.#unary() };
      if (this.#take("(")) {
        const filter = this.#or();
        this.#expect(")", `the parenthesis of character ${start.position + 1} is not closed`);
        return filter;
      }
      return this.#condition();
    } finally {
      this.#depth--;
    }
  }

  #condition(): Filter {
    this.#countCondition();
    if (this.#isWord("exists") && this.#peek(1).type !== "operator") {
      this.#next++;
      if (!this.#startsKey()) throw this.#unexpected("a key");
      return { type: "exists", key: this.#key() };
    }
    if (!this.#startsKey()) throw this.#unexpected("a condition");
    const start = this.#next;
    const key = this.#key();
    const condition = this.#comparison(key);
    if (condition !== undefined) return condition;

    this.#next = start;
    return { type: "text", text: this.#value().text };
  }

  /** What follows the key, or undefined if nothing that belongs to it does. */
  #comparison(key: FilterKey): Filter | undefined {
    const { type, text } = this.#peek();
    if (type === "operator") {
      this.#next++;
      return this.#operator(key, text);
    }
    const negated = this.#isWord("not") && (this.#isWord("in", 1) || this.#isWord("contains", 1));
    if (negated) this.#next++;
    if (this.#isWord("in") && this.#peek(1).type === "(") {
      this.#next += 2;
      return negateIf(negated, this.#list(key));
    }
    if (this.#takeWord("contains")) {
      return negateIf(negated, { type: "contains", key, text: this.#value().text });
    }
    return undefined;
  }

  #operator(key: FilterKey, operator: string): Filter {
    const value = this.#value();
    if (operator === "~" || operator === "!~") {
      patternOf(value.text, value.position);
      return negateIf(operator === "!~", { type: "match", key, pattern: value.text });
    }
    if (operator === "!=") return negateIf(true, { type: "compare", key, operator: "=", value });
    if (!COMPARE_OPERATORS.has(operator)) throw this.#unexpected("an operator");
    return { type: "compare", key, operator: operator as CompareOperator, value };
  }

  #list(key: FilterKey): Filter {
    const operands: Filter[] = [];
    do {
      if (operands.length > 0) this.#countCondition();
      operands.push({ type: "compare", key, operator: "=", value: this.#value() });
    } while (this.#take(","));
    this.#expect(")", 'the list of "in" is not closed');
    return combine("or", operands);
  }

  #key(): FilterKey {
    const token = this.#peek();
    this.#next++;
    const { text, position } = token;
    if (token.type === "string") return { owner: "any", name: text, quoted: true, position };

    const rest = this.#peek();
    const [, owner] = OWNERS.find(([prefix]) => prefix === text) ?? [];
    if (owner !== undefined && rest.type === "string" && rest.position === position + text.length) {
      this.#next++;
      return { owner, name: rest.text, quoted: true, position };
    }
    return keyOf(text, position);
  }

  #value(): Literal {
    const { type, text, position } = this.#peek();
    if (type !== "word" && type !== "string") throw this.#unexpected("a value");
    this.#next++;
    return { text, quoted: type === "string", position };
  }

  /** A key word is a key where an operator follows it: `in = 1`. */
  #startsKey(): boolean {
    const { type, text } = this.#peek();
    if (type === "string") return true;
    if (type !== "word") return false;
    return !KEY_WORDS.has(text.toLowerCase()) || this.#peek(1).type === "operator";
  }

  #countCondition(): void {
    if (++this.#conditionCount > CONDITIONS_MAX) {
      throw new FilterSyntaxError(`more than ${CONDITIONS_MAX} conditions`, this.#peek().position);
    }
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)] as Token;
  }

  #isWord(word: string, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return token.type === "word" && token.text.toLowerCase() === word;
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#next++;
    return true;
  }

  #take(type: Token["type"]): boolean {
    if (this.#peek().type !== type) return false;
    this.#next++;
    return true;
  }

  #expect(type: Token["type"], problem: string): void {
    if (!this.#take(type)) throw new FilterSyntaxError(problem, this.#peek().position);
  }

  #unexpected(wanted: string): FilterSyntaxError {
    const { type, text, position } = this.#peek();
    const found = type === "end" ? "the end" : `"${text}"`;
    return new FilterSyntaxError(`${wanted} is expected before ${found}`, position);
  }
}

/** One operand stands for itself, and `a and (b and c)` is one list of three. */
function combine(type: "and" | "or", operands: readonly Filter[]): Filter {
  const [only] = operands;
  if (operands.length === 1 && only !== undefined) return only;
  return {
    type,
    operands: operands.flatMap((operand) => (operand.type === type ? operand.operands : [operand])),
  };
}

function negateIf(negated: boolean, filter: Filter): Filter {
  return negated ? { type: "not", operand: filter } : filter;
}
