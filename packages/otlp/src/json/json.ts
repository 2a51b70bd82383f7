// json.ts — OTLP/JSON into OTLP/protobuf, so that one decoder serves both and there is one form in memory.
//
// Follows the proto3 JSON mapping with OTLP's exceptions (ids are hex, enums may be numbers): either name of a
// field, unknown fields skipped, null means absent, 64-bit integers as numbers or strings without losing digits.
// A field that is there twice is read twice, as in protobuf.

import type { FieldKind, FieldSchema, MessageSchema } from "../schema/schema.ts";
import { findField } from "./field-names.ts";
import { scanDouble, scanInteger } from "./json-numbers.ts";
import type { Int64, IntegerKind } from "./json-numbers.ts";
import { Char, JsonError, JsonScanner } from "./json-scanner.ts";
import { writeBase64, writeId, writeText } from "./json-text.ts";
import { MessageWriter } from "../wire/wire.ts";

export { JsonError };

/** Messages inside one another: those of a request, and four for each of 100 levels of nested values. */
const MESSAGE_DEPTH_MAX = 420;

/** Levels that an error names; deeper ones would only be nested attribute values. */
const PATH_DEPTH_MAX = 16;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** A JSON request as protobuf. Throws JsonPathError. */
export function transcodeJson(json: Uint8Array, schema: MessageSchema): Uint8Array {
  return new JsonTranscoder(json).transcode(schema);
}

/** A JsonError that knows in which field it happened. */
export class JsonPathError extends Error {
  override readonly name = "JsonPathError";
  /** For instance `resourceSpans[0].scopeSpans`; empty at the top. */
  readonly path: string;
  readonly offset: number;

  constructor(path: string, error: JsonError) {
    super(error.message, { cause: error });
    this.path = path;
    this.offset = error.offset;
  }
}

class JsonTranscoder {
  readonly #scanner: JsonScanner;
  readonly #writer: MessageWriter;
  readonly #integer: Int64 = { low: 0, high: 0 };
  /** The fields that are being read, outermost first, and the index in a repeated one or -1. */
  readonly #fields: FieldSchema[] = [];
  readonly #indexes: number[] = [];

  constructor(json: Uint8Array) {
    this.#scanner = new JsonScanner(json);
    this.#writer = new MessageWriter(json.length);
  }

  transcode(schema: MessageSchema): Uint8Array {
    try {
      this.#transcodeMessage(schema);
      this.#scanner.expectEnd();
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      throw new JsonPathError(this.#path(), error);
    }
    return this.#writer.take();
  }

  #path(): string {
    const names = this.#fields.slice(0, PATH_DEPTH_MAX).map(({ jsonName }, depth) => {
      const index = this.#indexes[depth] as number;
      return index < 0 ? jsonName : `${jsonName}[${index}]`;
    });
    return names.join(".");
  }

  #transcodeMessage(message: MessageSchema): void {
    const scanner = this.#scanner;
    if (this.#fields.length > MESSAGE_DEPTH_MAX) {
      throw new JsonError("the values are nested too deeply", scanner.position);
    }
    scanner.expect(Char.openBrace);
    if (scanner.take(Char.closeBrace)) return;
    do {
      scanner.scanString();
      const field = this.#findField(message);
      scanner.expect(Char.colon);
      if (field === undefined) scanner.skipValue();
      else if (!scanner.takeLiteral("null")) this.#transcodeField(field);
    } while (scanner.take(Char.comma));
    scanner.expect(Char.closeBrace);
  }

  /** The field that the key scanned last names. */
  #findField(message: MessageSchema): FieldSchema | undefined {
    const { bytes, start, end, hasEscapes } = this.#scanner;
    if (!hasEscapes) return findField(message, bytes, start, end);
    const unescaped = new MessageWriter(end - start);
    writeText(this.#scanner, unescaped);
    const name = unescaped.take();
    return findField(message, name, 0, name.length);
  }

  #transcodeField(field: FieldSchema): void {
    this.#fields.push(field);
    this.#indexes.push(-1);
    if (field.isRepeated) this.#transcodeList(field);
    else this.#transcodeValue(field);
    this.#fields.pop();
    this.#indexes.pop();
  }

  #transcodeList(field: FieldSchema): void {
    const scanner = this.#scanner;
    const depth = this.#indexes.length - 1;
    scanner.expect(Char.openBracket);
    if (scanner.take(Char.closeBracket)) return;
    let index = 0;
    do {
      this.#indexes[depth] = index++;
      this.#transcodeValue(field);
    } while (scanner.take(Char.comma));
    scanner.expect(Char.closeBracket);
  }

  /** One value with its tag; repeated numbers are written unpacked. */
  #transcodeValue({ number, kind, message, enumNumbers }: FieldSchema): void {
    const writer = this.#writer;
    switch (kind) {
      case "string":
      case "bytes":
      case "id":
      case "message": {
        writer.writeTag(number, LENGTH_DELIMITED);
        const mark = writer.begin();
        if (message !== undefined) this.#transcodeMessage(message);
        else this.#transcodeString(kind);
        writer.end(mark);
        return;
      }
      case "bool":
        writer.writeTag(number, VARINT);
        return writer.writeByte(this.#scanBool() ? 1 : 0);
      case "enum":
        writer.writeTag(number, VARINT);
        return this.#transcodeEnum(enumNumbers);
      case "uint32":
      case "int64":
      case "uint64":
        writer.writeTag(number, VARINT);
        this.#scanInteger(kind);
        return writer.writeVarint(this.#integer.low, this.#integer.high);
      case "sint32":
        writer.writeTag(number, VARINT);
        this.#scanInteger("int32");
        return writer.writeVarint((this.#integer.low << 1) ^ ((this.#integer.low | 0) >> 31), 0);
      case "fixed32":
        writer.writeTag(number, FIXED32);
        this.#scanInteger("uint32");
        return writer.writeFixed32(this.#integer.low);
      case "fixed64":
      case "sfixed64":
        writer.writeTag(number, FIXED64);
        this.#scanInteger(kind === "fixed64" ? "uint64" : "int64");
        return writer.writeFixed64(this.#integer.low, this.#integer.high);
      case "double":
        writer.writeTag(number, FIXED64);
        return writer.writeDouble(scanDouble(this.#scanner));
    }
  }

  #scanInteger(kind: IntegerKind): void {
    scanInteger(this.#scanner, kind, this.#integer);
  }

  #transcodeString(kind: FieldKind): void {
    this.#scanner.scanString();
    if (kind === "bytes") writeBase64(this.#scanner, this.#writer);
    else if (kind === "id") writeId(this.#scanner, this.#writer);
    else writeText(this.#scanner, this.#writer);
  }

  #scanBool(): boolean {
    if (this.#scanner.takeLiteral("true")) return true;
    if (this.#scanner.takeLiteral("false")) return false;
    throw this.#scanner.unexpected("true or false is expected");
  }

  #transcodeEnum(numbers: ReadonlyMap<string, number> | undefined): void {
    const scanner = this.#scanner;
    if (scanner.peek() !== Char.quote) {
      this.#scanInteger("int32");
      return this.#writer.writeVarint(this.#integer.low, this.#integer.high);
    }
    scanner.scanString();
    const name = new TextDecoder().decode(scanner.bytes.subarray(scanner.start, scanner.end));
    const value = numbers?.get(name);
    if (value === undefined) {
      const names = [...(numbers?.keys() ?? [])];
      throw new JsonError(`"${name}" is none of ${names.at(0)} to ${names.at(-1)}`, scanner.start);
    }
    this.#writer.writeVarint(value, 0);
  }
}
