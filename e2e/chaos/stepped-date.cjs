// stepped-date.cjs — goes before a program (`node --require`), in all of its threads: Date is as far off as the file
// CHAOS_CLOCK says, in seconds. See clock.ts.

const { readFileSync } = require("node:fs");

const RealDate = Date;
const READ_EVERY_MS = 20;
let readAtMs = -Infinity;
let offsetMs = 0;

function nowMs() {
  if (performance.now() - readAtMs > READ_EVERY_MS) {
    readAtMs = performance.now();
    offsetMs = 1_000 * Number(readFileSync(process.env.CHAOS_CLOCK, "utf8"));
  }
  return RealDate.now() + offsetMs;
}

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(nowMs());
    else super(...given);
  }

  static now() {
    return nowMs();
  }
};
