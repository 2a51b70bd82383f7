// engine-config.ts — how much of the machine the embedded ClickHouse may use.
//
// Alone it takes up to 90 % of the memory and caches of 5 GB. Here it is a guest beside the program that is being
// looked at, so each limit is written down: in a configuration file what belongs to the server, as settings of the
// sessions what belongs to a query.

import { availableParallelism, totalmem } from "node:os";
import type { DoorLimits } from "./door/door.ts";

const MIB = 1024 * 1024;

/** Used when nothing was said: a quarter of the machine (or container), at most this. */
const MEMORY_BYTES_DEFAULT = 2048 * MIB;
/** Below this ClickHouse cannot even merge. */
const MEMORY_BYTES_MIN = 384 * MIB;

export interface EngineLimits extends DoorLimits {
  /** Of the whole process, as ClickHouse counts it. */
  readonly memoryBytes: number;
  /** Each of: marks, primary indices, marks of skip indices. */
  readonly cacheBytes: number;
  readonly backgroundThreads: number;
}

/** @param memoryBytes what the person asked for with --engine-memory */
export function engineLimits(memoryBytes?: number): EngineLimits {
  const total = memoryBytes ?? Math.min(MEMORY_BYTES_DEFAULT, availableMemoryBytes() / 4);
  const cores = availableParallelism();
  return {
    memoryBytes: Math.round(Math.max(total, MEMORY_BYTES_MIN)),
    cacheBytes: 64 * MIB,
    backgroundThreads: Math.max(cores, 2),
    querySessions: 6,
    insertSessions: 3,
    readerSessions: 2,
    waitingMax: 200,
    bodyBytesMax: 512 * MIB,
    readerRowsMax: 10_000,
    readerBytesMax: 32 * MIB,
    readerSecondsMax: 30,
    queryMemoryBytes: 512 * MIB,
  };
}

/** Each running statement holds one thread of libuv's pool; the rest of Node needs some too. */
export function threadPoolSize(limits: DoorLimits): number {
  return limits.querySessions + limits.insertSessions + limits.readerSessions + 1 + 4;
}

/**
 * With these a part is on the disk, with its name, when its insert or merge is answered; without, when the operating
 * system gets to it. They hold for every table, also for those that are there already.
 */
const FSYNC: Readonly<Record<string, number>> = {
  fsync_after_insert: 1,
  fsync_part_directory: 1,
  min_rows_to_fsync_after_merge: 1,
  min_compressed_bytes_to_fsync_after_merge: 1,
};

/** The configuration file of the server part. */
export function configXml(limits: EngineLimits, fsync = false): string {
  const elements = {
    max_server_memory_usage: limits.memoryBytes,
    mark_cache_size: limits.cacheBytes,
    primary_index_cache_size: limits.cacheBytes,
    index_mark_cache_size: limits.cacheBytes,
    query_condition_cache_size: 16 * MIB,
    uncompressed_cache_size: 0,
    background_pool_size: limits.backgroundThreads,
    background_schedule_pool_size: Math.max(4, limits.backgroundThreads),
  };
  const mergeTree = fsync ? `  <merge_tree>\n${linesOf(FSYNC)}\n  </merge_tree>\n` : "";
  return `<clickhouse>\n${linesOf(elements)}\n${mergeTree}</clickhouse>\n`;
}

function linesOf(elements: Readonly<Record<string, number>>): string {
  return Object.entries(elements)
    .map(([name, value]) => `  <${name}>${value}</${name}>`)
    .join("\n");
}

function availableMemoryBytes(): number {
  const constrained = process.constrainedMemory(); // of the container; 0 or beyond the machine when there is none
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
