// tree.ts — what a filter says, once its text has been read.
//
// Every question is two-valued: a row without the key does not hold the condition, and `not` turns
// exactly that around. So `k != 5` is `not (k = 5)` and is true for a row that has no `k`. The two
// compilers (sql.ts, predicate.ts) rely on this: there is no third value anywhere.

/** A filter. `position`s are offsets into the text it was parsed from, for error messages. */
export type Filter =
  | { readonly type: "everything" }
  | { readonly type: "and" | "or"; readonly operands: readonly Filter[] }
  | { readonly type: "not"; readonly operand: Filter }
  /** Free text: see `TEXT_FIELDS` for where it is looked for. */
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "exists"; readonly key: FilterKey }
  | {
      readonly type: "compare";
      readonly key: FilterKey;
      readonly operator: CompareOperator;
      readonly value: Literal;
    }
  /** Substring, without regard to the case of ASCII letters. */
  | { readonly type: "contains"; readonly key: FilterKey; readonly text: string }
  /** An RE2 pattern found anywhere in the value; `.` matches line breaks. */
  | { readonly type: "match"; readonly key: FilterKey; readonly pattern: string };

export type CompareOperator = "=" | "<" | "<=" | ">" | ">=";

/**
 * What a condition is about. `any` is a field of the signal if it has one of that name (`duration`),
 * else an attribute of the row or of its resource; `attribute` is the row's own, `resource` its
 * resource's. A quoted key is never a field.
 */
export interface FilterKey {
  readonly owner: "any" | "attribute" | "resource";
  readonly name: string;
  readonly quoted: boolean;
  readonly position: number;
}

/** A value as it was written. What it means is decided by the key it is compared with. */
export interface Literal {
  readonly text: string;
  /** Quoted values are strings and nothing else. */
  readonly quoted: boolean;
  readonly position: number;
}

/** A filter's text cannot be read, or asks a field for something that it cannot be. */
export class FilterSyntaxError extends SyntaxError {
  override readonly name = "FilterSyntaxError";
  /** Offset of the first character that could not be understood. */
  readonly position: number;

  constructor(problem: string, position: number) {
    super(`Cannot read the filter: ${problem} at character ${position + 1}`);
    this.position = position;
  }
}
