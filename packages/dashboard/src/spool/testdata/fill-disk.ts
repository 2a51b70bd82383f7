// fill-disk.ts <folder> — fills the folder's small disk through a spool, restarts on the full disk, frees room, and
// prints what happened as JSON. Run by spool.test.ts in a mount namespace of its own.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSpool, scanEntries, type Spool } from "../spool.ts";

const dataDirectory = process.argv[2]!;
const ballast = join(dataDirectory, "ballast");
const body = (index: number) => new TextEncoder().encode(`${index} ${"x".repeat(5_000)}`);
const append = (spool: Spool, index: number) =>
  spool.append({ signal: "traces", encoding: "json", body: body(index), receivedAtMs: Date.now() });

writeFileSync(ballast, Buffer.alloc(64 * 1_024));
const first = await openSpool({ dataDirectory });
const acknowledged: number[] = [];
let refused = "";
for (let index = 0; refused === "" && index < 1_000; index++) {
  await append(first, index).then(
    () => acknowledged.push(index),
    (error: Error) => (refused = error.message),
  );
}
await first.close();

rmSync(ballast);
const second = await openSpool({ dataDirectory });
const found = [...scanEntries(second.directory, "traces", 0, Number.POSITIVE_INFINITY)].map((entry) =>
  Number.parseInt(new TextDecoder().decode(entry.body), 10),
);
const afterwards = await append(second, acknowledged.length);
await second.close();
console.log(JSON.stringify({ acknowledged, refused, found, afterwards }));
