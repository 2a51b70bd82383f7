// filter.ts — one filter language for traces, logs, metrics and live.
//
//   service.name = checkout and duration > 100ms and status = error and "free text"
//
// Text is parsed once to a small tree (parse.ts). For the past it compiles to SQL (sql.ts), for the
// present to a predicate on the rows of a Batch (predicate.ts); both mean the same (predicate.test.ts).
// docs/guide/api.md tells people the language.

export { keyOf, parseFilter } from "./parse.ts";
export { compilePredicate, type Predicate } from "./predicate.ts";
export { compileSql, compileText, compileType, type FilterSql } from "./sql.ts";
export { FilterSyntaxError, type Filter, type FilterKey } from "./tree.ts";
export { FILTER_LENGTH_MAX } from "./tokens.ts";
