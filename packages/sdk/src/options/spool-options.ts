// spool-options.ts — the option `spool`, as given in code, to a folder and a limit.

import { resolve } from "node:path";
import { objectIn, positive } from "./checks.ts";
import type { ResolvedOptions } from "./telemetry-options.ts";

const DEFAULT_SIZE_BYTES = 256 * 1_024 * 1_024;
const KNOWN = ["directory", "sizeBytesMax"];

/** Throws a TypeError or RangeError that names the option which cannot be used. */
export function resolveSpool(given: unknown): ResolvedOptions["spool"] {
  if (given === undefined) return undefined;
  const options = objectIn("spool", given);
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`Cannot use option spool.${unknown}: a spool has only ${KNOWN.join(", ")}`);
  }
  const { directory, sizeBytesMax } = options;
  if (typeof directory !== "string" || directory === "") {
    throw new TypeError(
      "Cannot use option spool: it has no directory, such as /var/lib/my-app/telemetry",
    );
  }
  return {
    directory: resolve(directory),
    sizeBytesMax:
      positive("spool.sizeBytesMax", sizeBytesMax as number | undefined) ?? DEFAULT_SIZE_BYTES,
  };
}
