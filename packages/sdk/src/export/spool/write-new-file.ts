// write-new-file.ts — a file that is there as a whole or not at all, as far as this process lives.

import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isMissing } from "./disk-errors.ts";

/**
 * Writes a file that only this user can read, and makes its folder where that is missing. Rejects where the disk fails
 * or the file exists; half a file is removed. `isLate`: nobody counts on it any more, so it is removed, too.
 */
export async function writeNewFile(
  path: string,
  bytes: Uint8Array,
  isLate: () => boolean,
): Promise<void> {
  const write = (): Promise<void> => writeFile(path, bytes, { flag: "wx", mode: 0o600 });
  try {
    await write().catch(async (error: unknown) => {
      if (!isMissing(error)) throw error;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await write();
    });
    if (isLate()) await rm(path, { force: true });
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}
