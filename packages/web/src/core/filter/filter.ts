// filter.ts — the shared filter as chips. The face of `filter`.
//
//   service = checkout and duration > 100ms and "free text"
//   └───── chip ─────┘     └──── chip ────┘     └─ chip ──┘
//
// The server owns the language; the page only needs to know where one term ends and how a value is quoted,
// so that chips can be removed and attribute values clicked into a filter.

export { joinTerms, splitTerms } from "./terms.ts";
export {
  addTerm,
  findTerm,
  formatAttributeTerm,
  formatTerm,
  removeTermAt,
  replaceTerm,
} from "./edit.ts";
export type { Operator } from "./edit.ts";
export { parseDraft, suggestKeys, suggestValues } from "./suggest.ts";
export type { KnownKey, KnownValue, Suggestion } from "./suggest.ts";
export { parseSpanId, parseTraceId } from "./ids.ts";
