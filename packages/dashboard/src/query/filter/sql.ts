// sql.ts — filter to SQL over the typed sub-columns of ClickHouse's JSON.
//
// A JSON path without a type is a Dynamic, and comparing one throws as soon as two senders disagree
// about the type of a key. So `k > 5` is asked of every numeric type on its own, and of no string:
//
//   ifNull(A.`k`.:Int64 > 5, 0) OR ifNull(A.`k`.:UInt64 > 5, 0) OR ifNull(A.`k`.:Float64 > 5, 0)
//
// `ifNull` keeps every condition two-valued, so that NOT means what it says. Every value, and every key
// that is no plain name, is a bound parameter.

import type { Signal } from "@telemetry/otlp";
import { ATTRIBUTES_COLUMN, RESOURCE_COLUMN } from "./fields.ts";
import { resolveFilter, resolveKey, type Resolved, type Subject, type Test } from "./resolve.ts";
import type { Filter, FilterKey } from "./tree.ts";

/** A boolean expression and the values of its parameters (`query_params` of the client). */
export interface FilterSql {
  readonly sql: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

/** Throws FilterSyntaxError where a field is asked for what it cannot be. */
export function compileSql(filter: Filter, signal: Signal): FilterSql {
  const compiler = new SqlCompiler(ATTRIBUTES_COLUMN[signal], "filter");
  const sql = compiler.compile(resolveFilter(filter, signal));
  return { sql, params: compiler.params };
}

/**
 * The text of a key's value, '' where there is none: for grouping, where a key may have values of many types.
 * `prefix` keeps the parameters apart from those of other expressions in the same statement.
 */
export function compileText(key: FilterKey, signal: Signal, prefix: string): FilterSql {
  const compiler = new SqlCompiler(ATTRIBUTES_COLUMN[signal], prefix);
  const sql = compiler.text(resolveKey(key, signal));
  return { sql, params: compiler.params };
}

/** The ClickHouse type of what {@link compileText} is the text of, '' where there is none. */
export function compileType(key: FilterKey, signal: Signal, prefix: string): FilterSql {
  const compiler = new SqlCompiler(ATTRIBUTES_COLUMN[signal], prefix);
  const sql = compiler.type(resolveKey(key, signal));
  return { sql, params: compiler.params };
}

class SqlCompiler {
  readonly params: Record<string, string | number | boolean> = {};
  readonly #attributesColumn: string;
  readonly #prefix: string;
  readonly #placeholders = new Map<string, string>();

  constructor(attributesColumn: string, prefix: string) {
    this.#attributesColumn = attributesColumn;
    this.#prefix = prefix;
  }

  compile(filter: Resolved): string {
    switch (filter.type) {
      case "everything":
        return "1";
      case "and":
      case "or": {
        const operands = filter.operands.map((operand) => this.compile(operand));
        return `(${operands.join(filter.type === "and" ? " AND " : " OR ")})`;
      }
      case "not":
        return `NOT (${this.compile(filter.operand)})`;
      default:
        return this.#condition(filter.subject, filter.test);
    }
  }

  text(subject: Subject): string {
    if (subject.type === "field") return `toString(${subject.field.sql})`;
    return firstPresent(this.#columns(subject).map((c) => this.#pathText(c, subject.name)));
  }

  type(subject: Subject): string {
    if (subject.type === "field") return `toTypeName(${subject.field.sql})`;
    const types = this.#columns(subject).map(
      (column) => `JSONAllPathsWithTypes(${column})[${this.#bind(subject.name, "String")}]`,
    );
    return firstPresent(types);
  }

  #columns(subject: Extract<Subject, { type: "attribute" }>): string[] {
    return subject.owners.map((owner) =>
      owner === "row" ? this.#attributesColumn : RESOURCE_COLUMN,
    );
  }

  #condition(subject: Subject, test: Test): string {
    if (subject.type === "field") return this.#fieldCondition(subject.field.sql, test);
    const columns = this.#columns(subject);
    return `(${columns.map((column) => this.#attributeCondition(column, subject.name, test)).join(" OR ")})`;
  }

  #fieldCondition(column: string, test: Test): string {
    if (test.type === "exists") return `notEmpty(toString(${column}))`;
    return this.#test(column, test);
  }

  #attributeCondition(column: string, key: string, test: Test): string {
    if (test.type === "exists") return this.#exists(column, key);
    return `(${typesOf(test)
      .map((type) => `ifNull(${this.#test(this.#typed(column, key, type), test)}, 0)`)
      .join(" OR ")})`;
  }

  /** The index on the paths answers `has(JSONAllPaths(…), …)`. */
  #exists(column: string, key: string): string {
    return `has(JSONAllPaths(${column}), ${this.#bind(key, "String")})`;
  }

  #test(value: string, test: Exclude<Test, { type: "exists" }>): string {
    switch (test.type) {
      case "string":
        return `${value} ${test.operator} ${this.#bind(test.value, "String")}`;
      case "boolean":
        return `${value} = ${this.#bind(test.value, "Bool")}`;
      case "number":
        return `${value} ${test.operator} ${this.#bindNumber(test.value)}`;
      case "contains":
        return `lower(${value}) LIKE ${this.#bind(`%${escapeLike(lowerAscii(test.text))}%`, "String")}`;
      case "match":
        return `match(${value}, ${this.#bind(test.pattern, "String")})`;
    }
  }

  /** The value of a path if it has that type, else NULL. */
  #typed(column: string, key: string, type: JsonType): string {
    if (isPlainKey(key)) return `${column}.\`${key}\`.:${type}`;
    const name = this.#bind(key, "String");
    const value = listedValue(column, name);
    return `if(JSONAllPathsWithTypes(${column})[${name}] = '${type}', ${readAs(type, value)}, NULL)`;
  }

  /** The value of a path as text, '' if there is none. */
  #pathText(column: string, key: string): string {
    if (isPlainKey(key)) return `ifNull(toString(${column}.\`${key}\`), '')`;
    return listedValue(column, this.#bind(key, "String"));
  }

  #bindNumber(value: number | bigint): string {
    if (typeof value === "number") return this.#bind(value, "Float64");
    if (BigInt.asIntN(64, value) === value) return this.#bind(String(value), "Int64");
    if (BigInt.asUintN(64, value) === value) return this.#bind(String(value), "UInt64");
    return this.#bind(Number(value), "Float64");
  }

  /** The same value is one parameter, however often it is asked for. */
  #bind(value: string | number | boolean, type: string): string {
    const known = this.#placeholders.get(`${type} ${value}`);
    if (known !== undefined) return known;
    const name = `${this.#prefix}${this.#placeholders.size}`;
    const placeholder = `{${name}:${type}}`;
    this.params[name] = value;
    this.#placeholders.set(`${type} ${value}`, placeholder);
    return placeholder;
  }
}

type JsonType = "String" | "Bool" | "Int64" | "UInt64" | "Float64";

function typesOf(test: Exclude<Test, { type: "exists" }>): readonly JsonType[] {
  if (test.type === "number") return ["Int64", "UInt64", "Float64"];
  return test.type === "boolean" ? ["Bool"] : ["String"];
}

/** The row's own, else the resource's. */
function firstPresent(texts: readonly string[]): string {
  return texts.reduce((text, other) => `if(${text} != '', ${text}, ${other})`);
}

/** For a name that the sub-column syntax cannot hold: from the list of all paths, slower. */
function listedValue(column: string, name: string): string {
  return `JSONAllValues(${column})[indexOf(JSONAllPaths(${column}), ${name})]`;
}

function readAs(type: JsonType, value: string): string {
  if (type === "String") return value;
  return type === "Bool" ? `(${value} = 'true')` : `to${type}OrNull(${value})`;
}

/** Letters, digits, `_`, `-`, `/` and spaces, in parts between single dots. */
const PLAIN_KEY = /^[\p{L}\p{N}_][\p{L}\p{N}_\-/ ]*(?:\.[\p{L}\p{N}_][\p{L}\p{N}_\-/ ]*)*$/u;

function isPlainKey(key: string): boolean {
  return PLAIN_KEY.test(key);
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, "\\$&");
}

/** As ClickHouse's `lower`: only A to Z. */
export function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
