// headers.ts — resource and scope are the same in every request, so they are encoded once and kept as bytes.
//
//   ExportTraceServiceRequest   1 resource_spans ─▶ ResourceSpans   1 resource   2 scope_spans   3 schema_url
//                                                   ScopeSpans      1 scope      2 spans         3 schema_url
//
// Traces, metrics and logs use the same field numbers, so this is one format for the three signals.

import { encodeAttributes } from "./attributes.ts";
import type { FlatAttributes } from "./attributes.ts";
import type { KeyTable } from "./key-table.ts";
import { ProtobufWriter, varintSizeBytes } from "./protobuf-writer.ts";

export interface ScopeIdentity {
  readonly name: string;
  readonly version?: string | undefined;
  readonly schemaUrl?: string | undefined;
  readonly attributes?: Readonly<FlatAttributes> | undefined;
}

/** Encoded records of one scope: each chunk holds whole entries of field 2 of its Scope message. */
export interface ScopeRecords {
  /** From `encodeScope`. */
  readonly scope: Uint8Array;
  readonly chunks: readonly Uint8Array[];
}

/** Fields 1 and 3 of ResourceSpans, ResourceMetrics or ResourceLogs. */
export function encodeResource(
  attributes: Readonly<FlatAttributes>,
  keys: KeyTable,
  schemaUrl = "",
): Uint8Array {
  const writer = new ProtobufWriter();
  const mark = writer.beginMessage(1);
  encodeAttributes(writer, 1, attributes, keys);
  writer.endMessage(mark);
  writer.string(3, schemaUrl);
  return writer.finish();
}

/** Fields 1 and 3 of ScopeSpans, ScopeMetrics or ScopeLogs. */
export function encodeScope(scope: ScopeIdentity, keys: KeyTable): Uint8Array {
  const writer = new ProtobufWriter();
  const mark = writer.beginMessage(1);
  writer.string(1, scope.name);
  writer.string(2, scope.version ?? "");
  if (scope.attributes !== undefined) encodeAttributes(writer, 3, scope.attributes, keys);
  writer.endMessage(mark);
  writer.string(3, scope.schemaUrl ?? "");
  return writer.finish();
}

/** A whole export request of one resource, as chunks in the order in which they are sent. No record is copied. */
export function encodeRequest(resource: Uint8Array, scopes: readonly ScopeRecords[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let resourceSize = resource.length;
  for (const { scope, chunks: records } of scopes) {
    const size = records.reduce((sum, chunk) => sum + chunk.length, scope.length);
    resourceSize += 1 + varintSizeBytes(size) + size;
    chunks.push(encodeHead(2, size, scope), ...records);
  }
  chunks.unshift(encodeHead(1, resourceSize, resource));
  return chunks;
}

/** Tag and length of a message of `sizeBytes`, and its first bytes. */
function encodeHead(field: number, sizeBytes: number, first: Uint8Array): Uint8Array {
  const writer = new ProtobufWriter({ chunkSizeBytes: first.length + 16 });
  writer.tag(field, 2);
  writer.varint(sizeBytes);
  writer.raw(first);
  return writer.finish();
}
