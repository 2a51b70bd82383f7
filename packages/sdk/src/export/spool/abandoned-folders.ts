// abandoned-folders.ts — which folders of a lane belong to a process that is gone.
//
// Where the owner's name tells for certain, that decides. Otherwise a folder is watched: owners touch theirs at every
// tick, and one that looked the same in several looks, a tick apart, has no owner. Nothing is compared with a clock:
// those of two machines differ, and a machine that slept must not believe that it watched.

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Disk } from "./disk.ts";
import { ifMissing } from "./disk-errors.ts";
import { isOwnerName, ownerStateOf } from "./owner.ts";

/** Looks without a change after which a folder belongs to nobody. */
const LOOKS_MAX = 6;

interface Watched {
  readonly mtimeMs: number;
  lookCount: number;
}

export class AbandonedFolders {
  readonly #options: { directory: string; disk: Disk };
  readonly #watched = new Map<string, Watched>();

  constructor(options: { directory: string; disk: Disk }) {
    this.#options = options;
  }

  /** The folders of all owners but `own`. Rejects where the disk fails. */
  async find(own: string): Promise<{ abandoned: string[]; inUse: string[] }> {
    const { directory, disk } = this.#options;
    const entries = await disk.run(() =>
      readdir(directory, { withFileTypes: true }).catch(ifMissing([])),
    );
    const names = entries
      .filter((entry) => entry.isDirectory() && isOwnerName(ownerOf(entry.name)))
      .map(({ name }) => name)
      .filter((name) => ownerOf(name) !== own);
    for (const name of this.#watched.keys()) {
      if (!names.includes(name)) this.#watched.delete(name);
    }
    const found = { abandoned: [] as string[], inUse: [] as string[] };
    for (const name of names) {
      const list = (await this.#isAbandoned(name)) ? found.abandoned : found.inUse;
      list.push(join(directory, name));
    }
    return found;
  }

  async #isAbandoned(name: string): Promise<boolean> {
    const state = await ownerStateOf(ownerOf(name));
    if (state !== "unknown") return state === "gone";
    const { directory, disk } = this.#options;
    const stats = await disk.run(() => stat(join(directory, name)).catch(ifMissing(undefined)));
    if (stats === undefined) return false; // somebody was quicker
    const watched = this.#watched.get(name);
    if (watched?.mtimeMs === stats.mtimeMs) return ++watched.lookCount > LOOKS_MAX;
    this.#watched.set(name, { mtimeMs: stats.mtimeMs, lookCount: 1 });
    return false;
  }
}

/** Of `<owner>.<number>`; empty for anything else. */
function ownerOf(folder: string): string {
  return folder.slice(0, Math.max(folder.lastIndexOf("."), 0));
}
