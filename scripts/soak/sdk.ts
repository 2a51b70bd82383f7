// sdk.ts — many spans through the SDK, with flat memory.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { SoakOptions } from "./soak-part.ts";

const SCRIPT = join(import.meta.dirname, "../../packages/sdk/testdata/soak/spans.ts");

export async function soakSdk({ spans, seed }: SoakOptions): Promise<readonly string[]> {
  const { status } = spawnSync(
    process.execPath,
    ["--expose-gc", "--conditions=@telemetry/source", SCRIPT]
      .concat(["--spans", String(spans)])
      .concat(["--seed", String(seed)]),
    { stdio: "inherit" },
  );
  if (status === 0) return [];
  return ["Cannot pass the soak of the SDK: memory grew or spans are missing, see the line above"];
}
