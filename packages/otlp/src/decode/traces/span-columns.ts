// span-columns.ts — the tables of a TraceBatch, empty.

import type { EventColumns, LinkColumns, SpanColumns } from "../../batch.ts";
import type { ColumnAllocator } from "../column-allocator.ts";

export function spanColumns(allocator: ColumnAllocator, count: number): SpanColumns {
  return {
    count,
    scope: allocator.uint32(count),
    traceId: allocator.traceIds(count),
    spanId: allocator.spanIds(count),
    parentSpanId: allocator.spanIds(count),
    traceState: allocator.arena(count),
    flags: allocator.uint32(count),
    name: allocator.arena(count),
    kind: allocator.uint8(count),
    startTimeUnixNano: allocator.uint64(count),
    endTimeUnixNano: allocator.uint64(count),
    attributes: allocator.ranges(count),
    droppedAttributesCount: allocator.uint32(count),
    events: allocator.ranges(count),
    droppedEventsCount: allocator.uint32(count),
    links: allocator.ranges(count),
    droppedLinksCount: allocator.uint32(count),
    statusCode: allocator.uint8(count),
    statusMessage: allocator.arena(count),
  };
}

export function eventColumns(allocator: ColumnAllocator, count: number): EventColumns {
  return {
    count,
    timeUnixNano: allocator.uint64(count),
    name: allocator.arena(count),
    attributes: allocator.ranges(count),
    droppedAttributesCount: allocator.uint32(count),
  };
}

export function linkColumns(allocator: ColumnAllocator, count: number): LinkColumns {
  return {
    count,
    traceId: allocator.traceIds(count),
    spanId: allocator.spanIds(count),
    traceState: allocator.arena(count),
    flags: allocator.uint32(count),
    attributes: allocator.ranges(count),
    droppedAttributesCount: allocator.uint32(count),
  };
}
