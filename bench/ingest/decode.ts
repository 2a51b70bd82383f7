// decode.ts — runs the decoder's own benchmark against protobufjs and keeps what it says.

import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

const BENCH = resolve(import.meta.dirname, "../../packages/otlp/src/decode/decode.bench.ts");

/** One line per signal. */
export function measureDecode(): string[] {
  const args = ["--conditions=@telemetry/source", BENCH];
  return execFileSync(process.execPath, args, { encoding: "utf8" }).trim().split("\n");
}
