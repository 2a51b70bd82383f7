import { describe, expect, test } from "vitest";
import { readAttributes, readTextAttributes } from "./attributes.ts";

const json = (value: unknown) => JSON.stringify(value);

describe("readAttributes", () => {
  const columns = (...paths: [path: string, type: string, value: string][]) => ({
    paths: paths.map(([path]) => path),
    types: paths.map(([, type]) => type),
    values: paths.map(([, , value]) => value),
    exact: "",
  });

  test.each([
    ["String", "5", '"5"'],
    ["Bool", "true", "true"],
    ["Int64", "1", "1"],
    ["Int64", "-9007199254740993", '"-9007199254740993"'],
    ["UInt64", "18446744073709551615", '"18446744073709551615"'],
    ["Float64", "1", "1.0"],
    ["Float64", "-0", "-0.0"],
    ["Float64", "0.1", "0.1"],
    ["Float64", "1e300", "1e+300"],
    ["Float64", "1e-7", "1e-7"],
    ["Float64", "9007199254740993", "9007199254740992.0"],
    ["Float64", "nan", '{"doubleValue":"NaN"}'],
    ["Float64", "-inf", '{"doubleValue":"-Infinity"}'],
    ["Date", "2026-01-31", '"2026-01-31"'],
    ["Array(Nullable(Int64))", "[1,NULL,9007199254740993]", '[1,null,"9007199254740993"]'],
    ["Array(Nullable(Float64))", "[1,2.5,-0]", "[1.0,2.5,-0.0]"],
    ["Array(Nullable(Bool))", "[true,false]", "[true,false]"],
    [
      "Array(Nullable(String))",
      String.raw`['it\'s','a,b','\\n\n','[',']']`,
      String.raw`["it's","a,b","\\n\n","[","]"]`,
    ],
    ["Array(Array(Nullable(Int64)))", "[[1],[],[2,3]]", "[[1],[],[2,3]]"],
    ["Array(Nullable(String))", "[]", "[]"],
  ])("%s %s is %s", (type, value, expected) => {
    expect(json(readAttributes(columns(["k", type, value])))).toBe(`{"k":${expected}}`);
  });

  test("keys are what they are", () => {
    const attributes = readAttributes(
      columns(["10", "String", "ten"], ["__proto__", "String", "x"], ["error", "Bool", "true"], ["error.type", "String", "y"]), // prettier-ignore
    );

    expect(Object.keys(attributes)).toEqual(["10", "__proto__", "error", "error.type"]);
    expect(attributes["__proto__"]).toBe("x");
  });

  test("an array that is cut off is an error, never half a value", () => {
    expect(() => readAttributes(columns(["k", "Array(Nullable(String))", "['a"]))).toThrow(
      'Cannot read array "[\'a"',
    );
  });

  test("prefers the exact form, which keeps what JSON columns cannot", () => {
    const value = (entry: unknown) => ({ key: "k", value: entry });
    const read = (entry: unknown) =>
      json(readAttributes({ paths: [], types: [], values: [], exact: json([value(entry)]) }));

    expect(read({})).toBe('{"k":null}');
    expect(read({ stringValue: "" })).toBe('{"k":""}');
    expect(read({ boolValue: false })).toBe('{"k":false}');
    expect(read({ intValue: "9007199254740993" })).toBe('{"k":"9007199254740993"}');
    expect(read({ doubleValue: 1 })).toBe('{"k":1.0}');
    expect(read({ doubleValue: "NaN" })).toBe('{"k":{"doubleValue":"NaN"}}');
    expect(read({ doubleValue: "-Infinity" })).toBe('{"k":{"doubleValue":"-Infinity"}}');
    expect(read({ bytesValue: "AQI=" })).toBe('{"k":{"bytesValue":"AQI="}}');
    expect(read({ arrayValue: {} })).toBe('{"k":[]}');
    expect(read({ arrayValue: { values: [{ intValue: "1" }, { doubleValue: 1 }] } })).toBe(
      '{"k":[1,1.0]}',
    );
    expect(read({ kvlistValue: {} })).toBe('{"k":{}}');
    expect(read({ kvlistValue: { values: [value({ intValue: "1" })] } })).toBe('{"k":{"k":1}}');
  });
});

describe("readTextAttributes", () => {
  test.each([
    ["", "{}"],
    ["{}", "{}"],
    [
      '{"a":1,"b":1.0,"c":9007199254740993,"d":[2.0,2],"e":{"f":1e5}}',
      '{"a":1,"b":1.0,"c":"9007199254740993","d":[2.0,2],"e":{"f":100000.0}}',
    ],
    ['[{"key":"a","value":{"bytesValue":"AQ=="}}]', '{"a":{"bytesValue":"AQ=="}}'],
  ])("%s", (text, expected) => {
    expect(json(readTextAttributes(text))).toBe(expected);
  });
});
