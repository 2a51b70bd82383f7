// unique-keys.ts — a sender with attribute keys as nobody should have them, beside a normal one: what is left to the normal
// one, and whether the store stays in order.
//
//   normal sender, as fast as it is acknowledged ─┐
//   other sender, 1 000 spans a second ───────────┴─▶ dashboard      ordinary keys, 5 000 keys, or every key unique
//
// The other sender costs something whatever its keys are; beside one with ordinary keys is therefore measured, too.

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { spreadOf } from "../support/statistics.ts";
import type { RunningDashboard } from "../../e2e/support/running-dashboard.ts";
import type { KeyKind } from "./keys-sender.ts";
import { putLoad } from "./load.ts";
import { askRows } from "./stored.ts";

type Other = KeyKind | "nobody";

export interface KeysResult {
  readonly beside: Other;
  /** Spans a second of the normal sender that were stored, the median of the rounds. */
  readonly storedRate: number;
  /** The same as a part of what it is alone. */
  readonly share: number;
  /** At the end of a round, the most of all rounds; of merges the fewest. */
  readonly residentPeakMib: { readonly dashboard: number; readonly engine: number };
  readonly files: number;
  readonly parts: number;
  readonly merges: number;
}

/** What the store has become. */
interface Order {
  files: number;
  parts: number;
  merges: number;
}

interface Round extends Order {
  readonly other: Other;
  readonly storedRate: number;
  readonly residentPeakMib: KeysResult["residentPeakMib"];
}

const ROUNDS = 2;
const OTHER_RATE = 1_000;
const OTHERS: readonly Other[] = ["nobody", "ordinary", "many", "unique"];

/** Rounds are interleaved, so that what else the machine does spreads over all of them. */
export async function measureUniqueKeys(seconds: number): Promise<KeysResult[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const other of OTHERS) rounds.push(await measureBeside(other, seconds));
  }
  const of = (other: Other) => rounds.filter((round) => round.other === other);
  const rateBeside = (other: Other) => spreadOf(of(other).map((each) => each.storedRate)).median;
  return OTHERS.map((other) => {
    const most = (read: (round: Round) => number) => Math.max(...of(other).map(read));
    return {
      beside: other,
      storedRate: rateBeside(other),
      share: rateBeside(other) / rateBeside("nobody"),
      residentPeakMib: {
        dashboard: most(({ residentPeakMib }) => residentPeakMib.dashboard),
        engine: most(({ residentPeakMib }) => residentPeakMib.engine),
      },
      files: most(({ files }) => files),
      parts: most(({ parts }) => parts),
      merges: Math.min(...of(other).map(({ merges }) => merges)),
    };
  });
}

async function measureBeside(other: Other, seconds: number): Promise<Round> {
  const order: Order = { files: 0, parts: 0, merges: 0 };
  const { storedRate, residentPeakMib } = await putLoad({
    signal: "traces",
    seconds,
    beside: (dashboard, abort) => sendBeside(dashboard, abort, other, order),
  });
  console.log(
    `keys       beside ${other}: ${Math.round(storedRate)} spans/s stored, ${order.files} files, ${order.parts} parts, ${order.merges} merges, ${residentPeakMib.dashboard} and ${residentPeakMib.engine} MiB`,
  );
  return { other, storedRate, residentPeakMib, ...order };
}

/** Sends until the abort, then looks at what the store has become. */
async function sendBeside(
  dashboard: RunningDashboard,
  abort: AbortSignal,
  other: Other,
  order: Order,
): Promise<void> {
  const script = join(import.meta.dirname, "keys-sender.ts");
  const args = [script, dashboard.otlpUrl, other, String(OTHER_RATE)];
  const child =
    other === "nobody"
      ? undefined
      : spawn(process.execPath, args, { stdio: ["pipe", "ignore", "inherit"] });
  await new Promise((resolve) => abort.addEventListener("abort", resolve, { once: true }));
  child?.stdin?.end();
  const [[parts = 0] = []] = await askRows(
    dashboard,
    "SELECT toUInt32(count()) FROM system.parts WHERE active",
  );
  const [[merges = 0] = []] = await askRows(
    dashboard,
    "SELECT toUInt32(sum(value)) FROM system.events WHERE event = 'Merge'",
  );
  order.files = countFiles(join(dashboard.dataDirectory, "engine/clickhouse/store"));
  order.parts = parts;
  order.merges = merges;
}

function countFiles(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  ).length;
}
