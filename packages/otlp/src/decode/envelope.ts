// envelope.ts — what the requests of all signals have in common:
//
//   ExportXServiceRequest { repeated ResourceX = 1 }
//   ResourceX             { Resource resource = 1; repeated ScopeX = 2; string schema_url = 3 }
//   ScopeX                { InstrumentationScope scope = 1; repeated X = 2; string schema_url = 3 }
//   Resource              { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2 }
//   InstrumentationScope  { string name = 1; version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4 }
//
// A request is walked twice. The first walk counts rows and finds those to reject, so that the second fills
// columns of exactly the right size. Ranges of one kind of owner lie side by side in the attribute table:
// resources, then scopes, then what the signal adds. Not kept: Resource.entity_refs (in development).

import type { AttributeColumns, ResourceColumns, ScopeColumns } from "../batch.ts";
import type { ColumnAllocator } from "./column-allocator.ts";
import { readArena, readKeyValues } from "./values.ts";
import type { WireReader } from "../wire/wire.ts";

/** What a signal does with each of its rows (a span, a log record, a metric). Both get the row's end and must read up to it. */
export interface RowMeasure {
  measureRow(reader: WireReader, end: number): void;
}

export interface RowFill {
  fillRow(reader: WireReader, end: number, scope: number): void;
}

const FIELD_1 = 1 << 1;
const FIELD_2 = 1 << 2;

export interface EnvelopeCounts {
  resources: number;
  resourceAttributes: number;
  scopes: number;
  scopeAttributes: number;
}

/** First walk. */
export function measureEnvelope(reader: WireReader, rows: RowMeasure): EnvelopeCounts {
  const counts = { resources: 0, resourceAttributes: 0, scopes: 0, scopeAttributes: 0 };
  const end = reader.bytes.length;
  for (let tag; (tag = reader.readTagOf(FIELD_1, end)) !== 0;) {
    if (tag === 0x0a) measureResourceGroup(reader, reader.readEnd(end), counts, rows);
    else reader.skip(tag, end);
  }
  return counts;
}

function measureResourceGroup(
  reader: WireReader,
  end: number,
  counts: EnvelopeCounts,
  rows: RowMeasure,
): void {
  counts.resources++;
  for (let tag; (tag = reader.readTagOf(FIELD_1 | FIELD_2, end)) !== 0;) {
    if (tag === 0x0a) counts.resourceAttributes += countFields(reader, end, 0x0a);
    else if (tag === 0x12) measureScopeGroup(reader, reader.readEnd(end), counts, rows);
    else reader.skip(tag, end);
  }
}

function measureScopeGroup(
  reader: WireReader,
  end: number,
  counts: EnvelopeCounts,
  rows: RowMeasure,
): void {
  counts.scopes++;
  for (let tag; (tag = reader.readTagOf(FIELD_1 | FIELD_2, end)) !== 0;) {
    if (tag === 0x0a) counts.scopeAttributes += countFields(reader, end, 0x1a);
    else if (tag === 0x12) rows.measureRow(reader, reader.readEnd(end));
    else reader.skip(tag, end);
  }
}

/** How often the field of `tag` (length-delimited, one byte) occurs in the message that starts here, with its length. */
export function countFields(reader: WireReader, parentEnd: number, tag: number): number {
  const end = reader.readEnd(parentEnd);
  let count = 0;
  for (let found; (found = reader.readTagOf(1 << (tag >>> 3), end)) !== 0;) {
    if (found === tag) count += reader.skipRun(tag, end);
    else reader.skip(found, end);
  }
  return count;
}

export interface EnvelopeTables {
  readonly resources: ResourceColumns;
  readonly scopes: ScopeColumns;
}

export function envelopeTables(allocator: ColumnAllocator, counts: EnvelopeCounts): EnvelopeTables {
  const { resources, scopes } = counts;
  return {
    resources: {
      count: resources,
      attributes: allocator.ranges(resources),
      droppedAttributesCount: allocator.uint32(resources),
      schemaUrl: allocator.arena(resources),
    },
    scopes: {
      count: scopes,
      resource: allocator.uint32(scopes),
      name: allocator.arena(scopes),
      version: allocator.arena(scopes),
      attributes: allocator.ranges(scopes),
      droppedAttributesCount: allocator.uint32(scopes),
      schemaUrl: allocator.arena(scopes),
    },
  };
}

/** Second walk. */
export class EnvelopeFill {
  readonly #tables: EnvelopeTables;
  readonly #attributes: AttributeColumns;
  readonly #rows: RowFill;
  #resource = 0;
  #resourceAttribute = 0;
  #scope = 0;
  #scopeAttribute: number;

  constructor(
    counts: EnvelopeCounts,
    tables: EnvelopeTables,
    attributes: AttributeColumns,
    rows: RowFill,
  ) {
    this.#tables = tables;
    this.#attributes = attributes;
    this.#rows = rows;
    this.#scopeAttribute = counts.resourceAttributes;
    tables.scopes.attributes[0] = counts.resourceAttributes;
  }

  fillFrom(reader: WireReader): void {
    const end = reader.bytes.length;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x0a) this.#fillResourceGroup(reader, reader.readEnd(end));
      else reader.skip(tag, end);
    }
  }

  #fillResourceGroup(reader: WireReader, end: number): void {
    const { resources } = this.#tables;
    const row = this.#resource++;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x0a) this.#fillResource(reader, reader.readEnd(end), row);
      else if (tag === 0x12) this.#fillScopeGroup(reader, reader.readEnd(end), row);
      else if (tag === 0x1a) readArena(reader, end, resources.schemaUrl, row);
      else reader.skip(tag, end);
    }
    resources.attributes[row + 1] = this.#resourceAttribute;
  }

  #fillResource(reader: WireReader, end: number, row: number): void {
    const { resources } = this.#tables;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x0a)
        this.#resourceAttribute = this.#readAttributes(reader, end, tag, this.#resourceAttribute);
      else if (tag === 0x10) resources.droppedAttributesCount[row] = reader.readVarint32();
      else reader.skip(tag, end);
    }
  }

  #fillScopeGroup(reader: WireReader, end: number, resource: number): void {
    const { scopes } = this.#tables;
    const row = this.#scope++;
    scopes.resource[row] = resource;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x0a) this.#fillScope(reader, reader.readEnd(end), row);
      else if (tag === 0x12) this.#rows.fillRow(reader, reader.readEnd(end), row);
      else if (tag === 0x1a) readArena(reader, end, scopes.schemaUrl, row);
      else reader.skip(tag, end);
    }
    scopes.attributes[row + 1] = this.#scopeAttribute;
  }

  #fillScope(reader: WireReader, end: number, row: number): void {
    const { scopes } = this.#tables;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x0a) readArena(reader, end, scopes.name, row);
      else if (tag === 0x12) readArena(reader, end, scopes.version, row);
      else if (tag === 0x1a)
        this.#scopeAttribute = this.#readAttributes(reader, end, tag, this.#scopeAttribute);
      else if (tag === 0x20) scopes.droppedAttributesCount[row] = reader.readVarint32();
      else reader.skip(tag, end);
    }
  }

  #readAttributes(reader: WireReader, end: number, tag: number, row: number): number {
    return readKeyValues(reader, end, tag, this.#attributes, row);
  }
}
