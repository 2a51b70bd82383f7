// ignore.ts — requests that nobody wants to see: `ignore: ["/health", "/assets/*"]`.
//
// A pattern is looked for in the path of a request as the instrumentation names it at the span's start, and in
// the span's name, with or without the method: "/health" and "GET /health". Only where a trace enters this
// process is it asked; everything below an ignored span is ignored with it.

import type { Attributes } from "@opentelemetry/api";

/** A path, a path that ends in `*` for everything that begins so, or an expression. */
export type IgnorePattern = string | RegExp;

/** Where conventions of today and of former years put the path. */
const PATH_KEYS = ["url.path", "http.route", "http.target"] as const;
const METHOD = /^[A-Z]+ /;

/** Throws a TypeError for a pattern that is neither a text nor an expression. */
export function createIgnore(
  patterns: readonly IgnorePattern[],
): (name: string, attributes: Attributes) => boolean {
  const tests = patterns.map(testOf);
  return (name, attributes) => {
    const texts = [name, name.replace(METHOD, "")];
    for (const key of PATH_KEYS) {
      const path = attributes[key];
      if (typeof path === "string") texts.push(path.split("?", 1)[0]!);
    }
    return tests.some((test) => texts.some(test));
  };
}

function testOf(pattern: IgnorePattern): (text: string) => boolean {
  if (pattern instanceof RegExp) {
    // `g` and `y` make `test` remember where it was.
    const stateless = new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ""));
    return (text) => stateless.test(text);
  }
  if (typeof pattern !== "string" || pattern === "") {
    throw new TypeError(
      `Cannot use option ignore: a pattern must be a path or a RegExp, current value is "${pattern as unknown as string}"`,
    );
  }
  if (!pattern.endsWith("*")) return (text) => text === pattern;
  const start = pattern.slice(0, -1);
  return (text) => text.startsWith(start);
}
