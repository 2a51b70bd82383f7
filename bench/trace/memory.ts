// memory.ts — what a span holds while it waits to be sent: JavaScript heap and memory outside of it, together.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { spreadOf } from "../support/statistics.ts";
import type { Spread } from "../support/statistics.ts";
import type { SideName } from "./side.ts";

const SIDES: SideName[] = ["ours", "otel-2", "otel-3"];

export interface MemoryResult {
  readonly title: string;
  readonly sides: { side: SideName; bytesPerSpan: Spread; heapBytesPerSpan: Spread }[];
  readonly ratio: number;
}

export function measureMemory(rounds: number): MemoryResult {
  const sides = SIDES.map((side) => {
    const runs = Array.from({ length: rounds }, () => measureOnce(side));
    return {
      side,
      bytesPerSpan: spreadOf(runs.map((run) => run.bytesPerSpan)),
      heapBytesPerSpan: spreadOf(runs.map((run) => run.heapBytesPerSpan)),
    };
  });
  const [ours = NaN, ...theirs] = sides.map(({ bytesPerSpan }) => bytesPerSpan.median);
  return {
    title: "memory of a queued span of 3 attributes, heap and outside, after gc",
    sides,
    ratio: ours / Math.min(...theirs),
  };
}

function measureOnce(side: SideName): { bytesPerSpan: number; heapBytesPerSpan: number } {
  const script = join(import.meta.dirname, "memory-holder.ts");
  const args = ["--expose-gc", "--conditions=@telemetry/source", script, side];
  const printed = execFileSync(process.execPath, args, { encoding: "utf8" });
  return JSON.parse(printed.trim().split("\n").at(-1) ?? "") as {
    bytesPerSpan: number;
    heapBytesPerSpan: number;
  };
}
