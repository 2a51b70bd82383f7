// origin-rows.ts — the columns that come from a row's resource and scope. They are encoded once per run of
// rows with the same scope and then copied.
// hot: see native.bench.ts

import type { Batch } from "@telemetry/otlp";
import { AttributeType, findAttribute } from "@telemetry/otlp";
import type { AttributeSource } from "./attribute-text.ts";
import { appendAttributes } from "./attribute-text.ts";
import type { Block } from "./block.ts";
import type { StringColumn } from "./column-writers.ts";
import { encodeRow } from "./column-writers.ts";
import type { JsonColumn } from "./json/json.ts";

const SERVICE_NAME = Buffer.from("service.name");

/** Attributes `[start, end)` of a batch. */
interface AttributeSet {
  readonly source: AttributeSource;
  readonly start: number;
  readonly end: number;
}

interface ResourceRow {
  readonly serviceName: Uint8Array;
  readonly attributes: AttributeSet;
  readonly schemaUrl: Uint8Array;
  readonly droppedAttributesCount: number;
}

interface ScopeRow {
  readonly resource: ResourceRow;
  readonly name: Uint8Array;
  readonly version: Uint8Array;
  readonly attributes: AttributeSet;
  readonly schemaUrl: Uint8Array;
  readonly droppedAttributesCount: number;
}

/** A batch's scopes, ready to be appended. */
export type Origins = readonly ScopeRow[];

/** `countOversized` is called for every resource and scope whose attributes are too large to be stored. */
export function encodeOrigins(batch: Batch, countOversized: () => void): Origins {
  const { resources, scopes, arena } = batch;
  const resourceRows = Array.from({ length: resources.count }, (_, row): ResourceRow => {
    const [start, end] = rangeOf(resources.attributes, row);
    return {
      serviceName: encodeRow((column) => appendServiceName(column, batch, start, end)),
      attributes: boundedSet(batch, start, end, countOversized),
      schemaUrl: encodeRow((column) => column.appendArena(arena, resources.schemaUrl, row)),
      droppedAttributesCount: resources.droppedAttributesCount[row] as number,
    };
  });
  return Array.from({ length: scopes.count }, (_, row): ScopeRow => {
    const [start, end] = rangeOf(scopes.attributes, row);
    return {
      resource: resourceRows[scopes.resource[row] as number] as ResourceRow,
      name: encodeRow((column) => column.appendArena(arena, scopes.name, row)),
      version: encodeRow((column) => column.appendArena(arena, scopes.version, row)),
      attributes: boundedSet(batch, start, end, countOversized),
      schemaUrl: encodeRow((column) => column.appendArena(arena, scopes.schemaUrl, row)),
      droppedAttributesCount: scopes.droppedAttributesCount[row] as number,
    };
  });
}

/**
 * Keys and texts of one resource's or scope's attributes that are stored with each of its rows. Without a
 * limit a resource of a megabyte would make a request of 10 000 spans a block of 10 GB.
 */
const ATTRIBUTES_SIZE_BYTES_MAX = 256 * 1_024;

function boundedSet(
  source: AttributeSource,
  start: number,
  end: number,
  countOversized: () => void,
): AttributeSet {
  const { key, type, high } = source.attributes;
  let sizeBytes = 0;
  for (let row = start; row < end; row++) {
    sizeBytes += key.length[row] as number;
    if (HAS_LENGTH.has(type[row] as number)) sizeBytes += high[row] as number;
  }
  if (sizeBytes <= ATTRIBUTES_SIZE_BYTES_MAX) return { source, start, end };
  countOversized();
  return { source, start: 0, end: 0 };
}

/** Types whose value is a place in the arena; `high` is its length. */
const HAS_LENGTH: ReadonlySet<number> = new Set([
  AttributeType.string,
  AttributeType.array,
  AttributeType.kvlist,
  AttributeType.bytes,
]);

function appendServiceName(column: StringColumn, batch: Batch, start: number, end: number): void {
  const { arena, attributes } = batch;
  const row = findAttribute(batch, start, end, SERVICE_NAME);
  if (row < 0 || attributes.type[row] !== AttributeType.string) return column.appendEmpty();
  column.appendText(arena, attributes.low[row] as number, attributes.high[row] as number);
}

/** Appends the origin columns of rows whose scopes are given, run by run of equal scopes. */
export function appendOrigins(block: Block, origins: Origins, scopeOfRow: Uint32Array): void {
  const writers = {
    serviceName: block.string("ServiceName"),
    resourceAttributes: block.json("ResourceAttributes"),
    resourceExact: block.string("ResourceAttributesExact"),
    resourceDropped: block.words("ResourceDroppedAttrCount"),
    resourceSchemaUrl: block.string("ResourceSchemaUrl"),
    scopeName: block.string("ScopeName"),
    scopeVersion: block.string("ScopeVersion"),
    scopeAttributes: block.json("ScopeAttributes"),
    scopeExact: block.string("ScopeAttributesExact"),
    scopeDropped: block.words("ScopeDroppedAttrCount"),
    scopeSchemaUrl: block.string("ScopeSchemaUrl"),
  };
  for (let row = 0; row < scopeOfRow.length;) {
    const scope = scopeOfRow[row] as number;
    let end = row + 1;
    while (end < scopeOfRow.length && scopeOfRow[end] === scope) end++;
    appendRun(writers, origins[scope] as ScopeRow, end - row);
    row = end;
  }
}

type OriginWriters = Record<"resourceDropped" | "scopeDropped", { append(word: number): void }> &
  Record<"resourceAttributes" | "scopeAttributes", JsonColumn> &
  Record<
    | "serviceName"
    | "resourceExact"
    | "resourceSchemaUrl"
    | "scopeName"
    | "scopeVersion"
    | "scopeExact"
    | "scopeSchemaUrl",
    StringColumn
  >;

function appendRun(writers: OriginWriters, scope: ScopeRow, rows: number): void {
  const { resource } = scope;
  writers.serviceName.appendEncoded(resource.serviceName, rows);
  appendSet(writers.resourceAttributes, writers.resourceExact, resource.attributes, rows);
  writers.resourceSchemaUrl.appendEncoded(resource.schemaUrl, rows);
  writers.scopeName.appendEncoded(scope.name, rows);
  writers.scopeVersion.appendEncoded(scope.version, rows);
  appendSet(writers.scopeAttributes, writers.scopeExact, scope.attributes, rows);
  writers.scopeSchemaUrl.appendEncoded(scope.schemaUrl, rows);
  for (let row = 0; row < rows; row++) {
    writers.resourceDropped.append(resource.droppedAttributesCount);
    writers.scopeDropped.append(scope.droppedAttributesCount);
  }
}

export function rangeOf(ranges: Uint32Array, row: number): [start: number, end: number] {
  return [ranges[row] as number, ranges[row + 1] as number];
}

function appendSet(
  json: JsonColumn,
  exact: StringColumn,
  { source, start, end }: AttributeSet,
  rows: number,
): void {
  appendAttributes(json, exact, source, start, end, rows);
}
