import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addTerm,
  findTerm,
  formatAttributeTerm,
  formatTerm,
  joinTerms,
  parseDraft,
  parseSpanId,
  parseTraceId,
  removeTermAt,
  replaceTerm,
  splitTerms,
  suggestKeys,
  suggestValues,
} from "./filter.ts";

describe("terms", () => {
  test("are parted by `and` outside quotes and parentheses", () => {
    expect(splitTerms('service = a and (x = 1 and y = 2) AND "this and that"')).toEqual([
      "service = a",
      "(x = 1 and y = 2)",
      '"this and that"',
    ]);
  });

  test("a filter with a top-level `or` is one term", () => {
    expect(splitTerms("a = 1 or b = 2 and c = 3")).toEqual(["a = 1 or b = 2 and c = 3"]);
    expect(joinTerms(["a = 1 or b = 2", "c = 3"])).toBe("(a = 1 or b = 2) and c = 3");
  });

  test("words that only contain `and` do not part", () => {
    expect(splitTerms("name = /and/or and band.android = and-1")).toEqual([
      "name = /and/or",
      "band.android = and-1",
    ]);
  });

  test("an open quote ends nothing early", () => {
    expect(splitTerms('body = "a and b')).toEqual(['body = "a and b']);
    expect(splitTerms("")).toEqual([]);
  });

  test("any value survives being written and found again", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const filter = joinTerms([formatTerm("service", "=", value), "status = error"]);
        expect(splitTerms(filter)).toHaveLength(2);
        expect(findTerm(filter, ["service"], "=")).toBe(value);
      }),
    );
  });
});

describe("editing", () => {
  test("a term is added once, and removed by its place", () => {
    const filter = addTerm(addTerm("a = 1", "b = 2"), "a = 1");
    expect(filter).toBe("a = 1 and b = 2");
    expect(removeTermAt(filter, 0)).toBe("b = 2");
  });

  test("a quick filter replaces every term of its keys and operator", () => {
    const filter = "service.name = a and service != b and status = error";
    expect(replaceTerm(filter, ["service", "service.name"], "=", "c d")).toBe(
      'service != b and status = error and service = "c d"',
    );
    expect(replaceTerm(filter, ["service", "service.name"], "=", undefined)).toBe(
      "service != b and status = error",
    );
    expect(findTerm(filter, ["service"], "=")).toBeUndefined();
  });

  test("an attribute keeps its type, and does not turn into a field of its name", () => {
    expect(formatAttributeTerm("http.status", "=", 404)).toBe("http.status = 404");
    expect(formatAttributeTerm("ok", "!=", true)).toBe("ok != true");
    expect(formatAttributeTerm("id", "=", "42")).toBe('id = "42"');
    expect(formatAttributeTerm("flag", "=", "true")).toBe('flag = "true"');
    expect(formatAttributeTerm("name", "=", "x")).toBe("attribute.name = x");
    expect(formatAttributeTerm("a key", "=", 'say "hi" \\')).toBe('"a key" = "say \\"hi\\" \\\\"');
    expect(formatAttributeTerm("list", "=", [1])).toBe("list = [1]");
  });
});

describe("suggestions", () => {
  const keys = [
    { key: "service", note: "" },
    { key: "duration", note: "" },
    { key: "http.service", note: "12" },
  ];

  test("are keys until an operator stands, then values", () => {
    expect(parseDraft("serv")).toEqual({ type: "key", typed: "serv" });
    expect(parseDraft('tool.name = "se')).toEqual({
      type: "value",
      key: "tool.name",
      operator: "=",
      typed: "se",
    });
    expect(parseDraft("free text")).toBeUndefined();
  });

  test("of keys begin with what was typed, then contain it", () => {
    expect(suggestKeys("ser", keys).map(({ text }) => text)).toEqual([
      "service = ",
      "http.service = ",
    ]);
    expect(suggestKeys("dur", keys)[0]!.text).toBe("duration > ");
    expect(suggestKeys("", keys)).toHaveLength(3);
  });

  test("of values are whole terms, quoted as their type needs", () => {
    const draft = parseDraft("port = 4") as Extract<
      ReturnType<typeof parseDraft>,
      { type: "value" }
    >;
    const values = [
      { value: "404", note: "" },
      { value: 443, note: "7" },
      { value: 80, note: "" },
    ];
    expect(suggestValues(draft, values, false)).toEqual([
      { text: 'port = "404"', note: "", isTerm: true },
      { text: "port = 443", note: "7", isTerm: true },
    ]);
    expect(suggestValues({ ...draft, key: "service" }, values, true)[0]!.text).toBe(
      "service = 404",
    );
  });
});

describe("pasted ids", () => {
  const id = "4bf92f3577b34da6a3ce929d0e0e4736";

  test.each([
    id,
    id.toUpperCase(),
    ` ${id}\n`,
    `0x${id}`,
    "4bf92f35-77b3-4da6-a3ce-929d0e0e4736",
    "S/kvNXezTaajzpKdDg5HNg==",
    "S_kvNXezTaajzpKdDg5HNg",
  ])("%j is the trace id", (text) => {
    expect(parseTraceId(text)).toBe(id);
  });

  test.each(["", "0".repeat(32), id.slice(1), `${id}0`, "checkout", "not base64 at all!!!!!"])(
    "%j is none",
    (text) => {
      expect(parseTraceId(text)).toBeUndefined();
    },
  );

  test("a span id has half the length", () => {
    expect(parseSpanId("00F067AA0BA902B7")).toBe("00f067aa0ba902b7");
    expect(parseSpanId(id)).toBeUndefined();
  });
});
