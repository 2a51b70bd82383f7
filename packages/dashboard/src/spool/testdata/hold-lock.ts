// hold-lock.ts <data folder> — holds the folder's lock until it is killed. Run by data-folder.test.ts.

import { lockDataFolder } from "../data-folder.ts";

await lockDataFolder(process.argv[2]!);
console.log("held");
setInterval(() => {}, 1_000);
