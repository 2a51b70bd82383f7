import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePredicate, compileSql, FilterSyntaxError, parseFilter } from "./filter.ts";
import type { Filter } from "./tree.ts";

/** The tree without positions, as a line: easy to compare with. */
function shape(filter: Filter): string {
  switch (filter.type) {
    case "everything":
      return "*";
    case "and":
    case "or":
      return `(${filter.operands.map(shape).join(` ${filter.type} `)})`;
    case "not":
      return `!${shape(filter.operand)}`;
    case "text":
      return `text:${filter.text}`;
    case "exists":
      return `exists ${keyShape(filter.key)}`;
    case "compare":
      return `${keyShape(filter.key)}${filter.operator}${filter.value.quoted ? JSON.stringify(filter.value.text) : filter.value.text}`;
    case "contains":
      return `${keyShape(filter.key)} contains ${filter.text}`;
    case "match":
      return `${keyShape(filter.key)}~${filter.pattern}`;
  }
}

function keyShape({ owner, name, quoted }: { owner: string; name: string; quoted: boolean }) {
  return `${owner === "any" ? "" : `${owner}:`}${quoted ? `[${name}]` : name}`;
}

function problemOf(run: () => unknown): { message: string; position: number } {
  try {
    run();
  } catch (error) {
    if (error instanceof FilterSyntaxError) {
      return { message: error.message, position: error.position };
    }
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("parseFilter", () => {
  test.each([
    ["", "*"],
    ["   ", "*"],
    ["service.name = checkout", "service.name=checkout"],
    ["service.name=checkout", "service.name=checkout"],
    [
      'service.name = checkout and duration > 100ms and status = error and "free text"',
      "(service.name=checkout and duration>100ms and status=error and text:free text)",
    ],
    ["a=1 or b=2 and c=3", "(a=1 or (b=2 and c=3))"],
    ["(a=1 or b=2) c=3", "((a=1 or b=2) and c=3)"],
    ["a=1 and (b=2 and c=3)", "(a=1 and b=2 and c=3)"],
    ["NOT a=1", "!a=1"],
    ["not not (a=1)", "!!a=1"],
    ["a != 1", "!a=1"],
    ["a in (x, 'y z', 3)", '(a=x or a="y z" or a=3)'],
    ["a in (x)", "a=x"],
    ["a not in (x, y)", "!(a=x or a=y)"],
    ["exists http.route", "exists http.route"],
    ["a contains b", "a contains b"],
    ["a not contains b", "!a contains b"],
    [String.raw`a ~ "^\d+$"`, String.raw`a~^\d+$`],
    ["a !~ b", "!a~b"],
    ['"quoted key" = 1', "[quoted key]=1"],
    ['resource."k8s pod" = x', "resource:[k8s pod]=x"],
    ["resource.k8s.pod.name = x", "resource:k8s.pod.name=x"],
    ["attribute.name = x", "attribute:name=x"],
    ["attributes.name = x", "attribute:name=x"],
    ["timeout", "text:timeout"],
    ["'it\\'s' timeout", "(text:it's and text:timeout)"],
    [String.raw`a = "say \"hi\" \\ \n"`, String.raw`a="say \"hi\" \\ \\n"`],
    ["exists = 1", "exists=1"],
    ["in = 1", "in=1"],
    ["a = /users/{id}", "a=/users/{id}"],
    ["a = http://host:80/x?y", "a=http://host:80/x?y"],
  ])("%s", (text, expected) => {
    expect(shape(parseFilter(text))).toBe(expected);
  });

  test.each([
    ["a = ", "a value is expected before the end", 4],
    ["a = = b", 'a value is expected before "="', 4],
    ["a = b)", '")" is not expected', 5],
    ["(a = b", "the parenthesis of character 1 is not closed", 6],
    ['a = "b', "a quote is not closed", 4],
    ["a in (b", 'the list of "in" is not closed', 7],
    ["exists", "a key is expected before the end", 6],
    ["a and", "a condition is expected before the end", 5],
    ["or a", 'a condition is expected before "or"', 0],
    ["!a", 'a "!" stands alone; write "not" or "!="', 0],
    ["()", 'a condition is expected before ")"', 1],
    ["a ~ '('", "the pattern is not RE2", 4],
    [String.raw`a ~ '(?=x)'`, "the pattern is not RE2", 4],
    [`${"(".repeat(40)}a=1${")".repeat(40)}`, "more than 32 levels", 32],
    [`a in (${"x,".repeat(300)}x)`, "more than 256 conditions", 518],
    ["x".repeat(9_000), "it is longer than 8192 characters", 8_192],
  ])("tells what is wrong: %#", (text, problem, position) => {
    const found = problemOf(() => parseFilter(text));

    expect(found.message).toContain(problem);
    expect(found.position).toBe(position);
    expect(found.message).toContain(`at character ${position + 1}`);
  });

  test.each([
    ["duration > 100", '"100" is no duration; write it with a unit, as in 100ms or 1.5s', 11],
    ["status = broken", '"broken" is no status; use unset, ok, error', 9],
    ["kind = servant", '"servant" is no span kind', 7],
    ["kind > server", '"kind" has no order', 7],
    ["duration contains 5", '"duration" is no text and can only be compared', 0],
    ["status ~ err", '"status" is no text and can only be compared', 0],
    ["enabled > true", '"true" has no order', 10],
    ["http.wait > 100ms", '"http.wait" is an attribute without a unit', 12],
  ])("a field refuses what it cannot be: %s", (text, problem, position) => {
    const filter = parseFilter(text);

    for (const compile of [compileSql, compilePredicate]) {
      const found = problemOf(() => compile(filter, "traces"));
      expect(found.message).toContain(problem);
      expect(found.position).toBe(position);
    }
  });

  test("refuses a severity that is none", () => {
    const filter = parseFilter("severity = loud");

    expect(problemOf(() => compileSql(filter, "logs")).message).toContain('"loud" is no severity');
  });

  test("throws nothing but FilterSyntaxError, whatever the text", () => {
    const words = fc.constantFrom("a", "=", "!=", "(", ")", "and", "or", "not", "in", ",", "exists", "~", '"', "'", "\\", "1", "5ms", "contains", " ", "status", "resource."); // prettier-ignore
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.array(words, { maxLength: 20 }).map((parts) => parts.join(" ")),
      fc.array(words, { maxLength: 20 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (source) => {
        try {
          const filter = parseFilter(source);
          compileSql(filter, "traces");
          compilePredicate(filter, "logs");
        } catch (error) {
          expect(error).toBeInstanceOf(FilterSyntaxError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("compileSql", () => {
  test("asks every numeric type of a key, and no string", () => {
    const { sql, params } = compileSql(parseFilter("k > 5"), "traces");

    const of = (column: string) =>
      `(${["Int64", "UInt64", "Float64"].map((type) => `ifNull(${column}.\`k\`.:${type} > {filter0:Int64}, 0)`).join(" OR ")})`;
    expect(sql).toBe(`(${of("SpanAttributes")} OR ${of("ResourceAttributes")})`);
    expect(params).toEqual({ filter0: "5" });
  });

  test("never puts text of the person into the statement", () => {
    const nasty = "'`\"\\ ); DROP TABLE otel_traces --";
    const quoted = `"${nasty.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
    for (const text of [
      quoted,
      `a = ${quoted}`,
      `${quoted} = 1`,
      `resource.${quoted} contains x`,
    ]) {
      const { sql, params } = compileSql(parseFilter(text), "logs");

      expect(sql).not.toContain("DROP");
      expect(Object.values(params).join()).toContain(text === quoted ? "drop table" : "DROP TABLE");
    }
  });
});
