// soak.ts — `npm run soak`: the long form of what `npm test` shows in seconds, part after part.
//
//   npm run soak -- --minutes 5 --spans 10000000 --requests 1000000 --seed 7 --only chaos
//
// Each part prints a table. It ends with a non-zero exit when one shows what must not be.

import { parseArgs } from "node:util";
import { soakAbuse } from "./soak/abuse.ts";
import { soakChaos } from "./soak/chaos.ts";
import { soakSdk } from "./soak/sdk.ts";
import type { SoakPart } from "./soak/soak-part.ts";

const PARTS: Readonly<Record<string, SoakPart>> = {
  sdk: soakSdk,
  chaos: soakChaos,
  abuse: soakAbuse,
};

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    spans: { type: "string", default: "10000000" },
    requests: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: "string" },
  },
});
const minutes = Number(values.minutes);
const spans = Number(values.spans);
const requests = Number(values.requests);
const seed = Number(values.seed);
if (!(minutes > 0) || !(spans > 0) || !(requests > 0) || !Number.isInteger(seed)) {
  throw new RangeError(
    `Cannot soak: --minutes, --spans and --requests must be > 0 and --seed an integer, they are ${values.minutes}, ${values.spans}, ${values.requests} and ${values.seed}`,
  );
}
const { only } = values;
if (only !== undefined && PARTS[only] === undefined) {
  throw new RangeError(
    `Cannot soak only "${only}": the parts are ${Object.keys(PARTS).join(", ")}`,
  );
}

const failures: string[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (only !== undefined && only !== name) continue;
  console.log(`soak: ${name}, seed ${seed}`);
  failures.push(...(await part({ minutes, spans, requests, seed })));
}
for (const failure of failures) console.error(failure);
process.exit(failures.length === 0 ? 0 : 1);
