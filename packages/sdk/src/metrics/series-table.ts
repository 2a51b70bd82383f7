// series-table.ts — finds the row of an attribute set, and keeps the number of rows bounded.
//
//   { method: "card", ok: true } ──▶ shape [method, ok] ──"card"──▶ Map ──true──▶ row 7
//   { ok: true, method: "card" } ──▶ shape [ok, method] ──true────▶ Map ──"card"▶ row 7
//
// A shape is the keys of an object in their order; code that records has one or two. Under each shape
// hangs a tree of Maps with one level per key, so a fresh object literal is found without sorting,
// joining or hashing anything ourselves: V8 has the hash of every string already. Each tree holds all
// rows that its shape can reach, so what is not in the tree is new.
//
// At most `limit` sets get a row of their own; every further set shares row 0, the overflow series of
// the specification (metrics/sdk.md, "Cardinality limits"). The total stays right, memory stays bounded.

import type { Attributes } from "@opentelemetry/api";

import { canonicalValue, TEXT_LENGTH_MAX } from "./canonical-value.ts";

/** The row of `otel.metric.overflow = true`. */
export const OVERFLOW_ROW = 0;

/** The specification's default: attribute sets per instrument and view. */
export const CARDINALITY_LIMIT_DEFAULT = 2_000;

/** Key orders with a tree. Objects of further orders are found through their canonical text, ten times slower. */
const SHAPES_MAX = 32;

type Level = Map<unknown, Level | number>;

interface Shape {
  readonly keys: readonly string[];
  /** Which of the keys the view keeps; undefined when it keeps all. */
  readonly kept: readonly boolean[] | undefined;
  /** Row of the objects whose keys are all dropped or absent, else the tree. */
  readonly root: Level;
  /** Key at each level of the tree. */
  readonly levels: readonly string[];
}

interface Series {
  /** Sorted by key. */
  readonly attributes: Attributes;
  readonly text: string;
  /** Made at the first collection, and never again. */
  encoded?: Uint8Array;
  /** Somebody holds the row: it is never released. */
  isBound?: true;
}

const NO_SHAPE: Shape = { keys: ["\0"], kept: undefined, root: new Map(), levels: ["\0"] };
const OVERFLOW_ATTRIBUTES: Attributes = { "otel.metric.overflow": true };

export class SeriesTable {
  readonly limit: number;
  readonly #keepsKey: ((key: string) => boolean) | undefined;
  readonly #addRow: (row: number) => void;
  #series: (Series | undefined)[] = [{ attributes: OVERFLOW_ATTRIBUTES, text: "", isBound: true }];
  #rowOfText = new Map<string, number>();
  #freeRows: number[] = [];
  #shapes: Shape[] = [];
  #lastShape = NO_SHAPE;
  #emptyRow = -1;

  /** `addRow` is told of every row before it is first used, row 0 included. */
  constructor(options: {
    limit?: number | undefined;
    keepsKey?: ((key: string) => boolean) | undefined;
    addRow: (row: number) => void;
  }) {
    this.limit = options.limit ?? CARDINALITY_LIMIT_DEFAULT;
    this.#keepsKey = options.keepsKey;
    this.#addRow = options.addRow;
    this.#addRow(OVERFLOW_ROW);
  }

  /** Rows are below this number; some of them may be free. */
  get rowsEnd(): number {
    return this.#series.length;
  }

  /** Attribute sets with a row of their own. */
  get size(): number {
    return this.#rowOfText.size;
  }

  /** The attributes of a row, sorted by key; undefined for a free row. */
  attributesOf(row: number): Attributes | undefined {
    return this.#series[row]?.attributes;
  }

  /** The bytes of a row's attributes, made by `encode` once. */
  encodedOf(row: number, encode: (attributes: Attributes) => Uint8Array): Uint8Array {
    const series = this.#series[row]!;
    return (series.encoded ??= encode(series.attributes));
  }

  /** What the view drops from a set: the specification lets it appear on exemplars. */
  droppedFrom(attributes: Attributes | undefined): Attributes {
    const keepsKey = this.#keepsKey;
    if (keepsKey === undefined || attributes === undefined) return {};
    return canonicalSet(attributes, (key) => !keepsKey(key)).attributes;
  }

  /** The row of a set, kept for as long as the table lives. */
  bind(attributes: Attributes | undefined): number {
    const row = this.rowOf(attributes);
    this.#series[row]!.isBound = true;
    return row;
  }

  /** The row of a set; a new one while there is room. hot: see bench/metrics. */
  rowOf(attributes: Attributes | undefined): number {
    if (attributes === undefined) return this.#rowOfEmpty();
    const { keys, kept, root } = this.#lastShape;
    let level: Level | number | undefined = root;
    let count = 0;
    for (const key in attributes) {
      if (key !== keys[count]) return this.#search(attributes);
      if (kept === undefined || kept[count] === true) {
        level = (level as Level).get(attributes[key]);
        if (level === undefined) return this.#search(attributes);
      }
      count++;
    }
    return count === keys.length && typeof level === "number" ? level : this.#search(attributes);
  }

  /** Gives rows back to later sets, unless they are bound. */
  release(rows: readonly number[]): void {
    if (rows.length === 0) return;
    for (const row of rows) {
      const series = this.#series[row];
      if (series === undefined || series.isBound === true) continue;
      this.#rowOfText.delete(series.text);
      this.#series[row] = undefined;
      this.#freeRows.push(row);
    }
    this.#shapes = [];
    this.#lastShape = NO_SHAPE;
    this.#emptyRow = -1;
  }

  #rowOfEmpty(): number {
    if (this.#emptyRow < 0) {
      const row = this.#rowOfSet({});
      if (row === OVERFLOW_ROW) return row;
      this.#emptyRow = row;
    }
    return this.#emptyRow;
  }

  /** Finds the row when the object is not of the last shape, or its set is not in that tree. */
  #search(attributes: Attributes | null): number {
    if (attributes === null) return this.#rowOfEmpty();
    const keys = Object.keys(attributes);
    if (keys.length === 0) return this.#rowOfEmpty();
    const shape = this.#shapeOf(keys);
    if (shape === undefined) return this.#rowOfSet(attributes);
    this.#lastShape = shape;
    let level: Level | number | undefined = shape.root;
    let isPlain = true;
    for (const key of shape.levels) {
      const value = attributes[key];
      isPlain &&= isPlainValue(value);
      level = (level as Level | undefined)?.get(value);
    }
    if (typeof level === "number") return level;
    return isPlain && this.size === this.limit ? OVERFLOW_ROW : this.#rowOfSet(attributes);
  }

  #shapeOf(keys: readonly string[]): Shape | undefined {
    for (const shape of this.#shapes) {
      if (isSame(shape.keys, keys)) return shape;
    }
    if (this.#shapes.length === SHAPES_MAX) return undefined;
    const keepsKey = this.#keepsKey;
    const shape: Shape = {
      keys,
      kept: keepsKey === undefined ? undefined : keys.map(keepsKey),
      root: new Map(),
      levels: keepsKey === undefined ? keys : keys.filter(keepsKey),
    };
    if (shape.levels.length === 0) return undefined;
    for (const [row, series] of this.#series.entries()) {
      if (series !== undefined && row !== OVERFLOW_ROW) insert(shape, series.attributes, row);
    }
    this.#shapes.push(shape);
    return shape;
  }

  /** The slow and obvious way, and the only one that adds a row. */
  #rowOfSet(attributes: Attributes): number {
    const series: Series = canonicalSet(attributes, this.#keepsKey);
    const known = this.#rowOfText.get(series.text);
    if (known !== undefined) return known;
    return this.size === this.limit ? OVERFLOW_ROW : this.#add(series);
  }

  #add(series: Series): number {
    const row = this.#freeRows.pop() ?? this.#series.length;
    this.#addRow(row);
    this.#series[row] = series;
    this.#rowOfText.set(series.text, row);
    for (const shape of this.#shapes) insert(shape, series.attributes, row);
    return row;
  }
}

/** A copy of a set with its keys in order, and the text that equal sets have in common. */
function canonicalSet(
  attributes: Attributes,
  keepsKey: (key: string) => boolean = () => true,
): { attributes: Attributes; text: string } {
  const entries: [string, unknown][] = [];
  const parts: string[] = [];
  for (const key of Object.keys(attributes).toSorted()) {
    const value = keepsKey(key) ? canonicalValue(attributes[key]) : undefined;
    if (value === undefined) continue;
    entries.push([key, value.value]);
    parts.push(JSON.stringify(key), value.text);
  }
  return { attributes: Object.fromEntries(entries), text: parts.join() };
}

/** Puts a row into a shape's tree, if objects of the shape can have its attributes. */
function insert(shape: Shape, attributes: Attributes, row: number): void {
  const keys = Object.keys(attributes);
  if (!keys.every((key) => shape.levels.includes(key))) return;
  let level = shape.root;
  for (const [depth, key] of shape.levels.entries()) {
    const value = attributes[key];
    // Arrays and maps are compared by content, which a Map cannot do.
    if (typeof value === "object") return;
    if (depth === shape.levels.length - 1) {
      level.set(value, row);
      return;
    }
    let next = level.get(value) as Level | undefined;
    if (next === undefined) level.set(value, (next = new Map()));
    level = next;
  }
}

/** Whether the value is its own canonical form, so that the tree knows every row with it. */
function isPlainValue(value: unknown): boolean {
  if (typeof value === "string") return value.length <= TEXT_LENGTH_MAX;
  return value !== null && typeof value !== "object" && typeof value !== "function";
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((key, index) => key === right[index]);
}
