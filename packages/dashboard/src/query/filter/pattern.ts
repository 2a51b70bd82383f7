// pattern.ts — regular expressions of filters. ClickHouse matches them with RE2; here RE2's JavaScript
// port does, which takes the same syntax and linear time. JavaScript's own engine would do neither: one
// pattern such as (a+)+$ in a live filter would stop the receiver.

import { RE2JS } from "re2js";
import { FilterSyntaxError } from "./tree.ts";

export interface Pattern {
  test(text: string): boolean;
}

/** As `match` of ClickHouse: found anywhere, and `.` matches line breaks. Throws FilterSyntaxError. */
export function patternOf(source: string, position = 0): Pattern {
  try {
    return RE2JS.compile(source, RE2JS.DOTALL);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FilterSyntaxError(`the pattern is not RE2 (${reason})`, position);
  }
}
