// soak.ts — `npm run soak`: the long form of what `npm test` shows in seconds.
//
//   npm run soak -- --minutes 10 --spans 10000000 --seed 7
//
// First many spans through the SDK with flat memory, then kills of the dashboard under two senders.
//
// It ends with a table, and with a non-zero exit when the table shows what must not be.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runChaos } from "../e2e/chaos/chaos.ts";
import { seededRandom } from "../e2e/chaos/random.ts";
import { failuresOf, findingsOf, tableOf } from "../e2e/chaos/report.ts";
import { installOtelJs } from "../e2e/chaos/senders.ts";

const PAUSE_MS = [1_000, 9_000] as const;
/** A pause and the outage after it, on average. */
const KILL_EVERY_SECONDS = 6;
/** One kill in this many is of the whole dashboard. */
const DASHBOARD_KILLS = 3;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    spans: { type: "string", default: "10000000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed)) {
  throw new RangeError(
    `Cannot soak: --minutes must be > 0 and --seed an integer, they are ${values.minutes} and ${values.seed}`,
  );
}

console.log(`soak: ${values.spans} spans through the SDK, seed ${seed}`);
const spanSoak = join(import.meta.dirname, "../packages/sdk/testdata/soak/spans.ts");
const { status } = spawnSync(
  process.execPath,
  [
    "--expose-gc",
    "--conditions=@telemetry/source",
    spanSoak,
    "--spans",
    values.spans,
    "--seed",
    String(seed),
  ],
  { stdio: "inherit" },
);
if (status !== 0) {
  console.error(
    "Cannot pass the soak of the SDK: memory grew or spans are missing, see the line above",
  );
  process.exit(1);
}

installOtelJs();
const random = seededRandom(seed);
const killCount = Math.max(2, Math.round((minutes * 60) / KILL_EVERY_SECONDS));
const kills = Array.from({ length: killCount }, (_, index) =>
  index === 1 || random() < 1 / DASHBOARD_KILLS ? "dashboard" : "engine",
);
const { length } = kills;
console.log(`soak: ${length} kills in about ${minutes} min, seed ${seed}`);
const report = await runChaos({
  seed,
  spansPerSecond: 2_000,
  kills,
  pauseMs: PAUSE_MS,
  loss: 0.05,
});
const findings = findingsOf(report);
console.log(tableOf(report, findings));
const failures = failuresOf(report, findings);
for (const failure of failures) console.error(failure);
process.exit(failures.length === 0 ? 0 : 1);
