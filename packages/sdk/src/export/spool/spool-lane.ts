// spool-lane.ts — the requests of one signal for one destination that are on disk.
//
//   <directory>/<destination>/<signal>/<owner>.0/000000000001-512-48213.otlp      what this process has to send
//                                      <owner>.1/…                                what one that ended has left
//                                      <other owner>.0/…                          what another process sends
//
// Nobody writes into, reads or removes from a folder that belongs to another owner. A folder whose owner is gone is
// taken by renaming it: one of several who try succeeds, so no file is sent by two.

import { mkdir, readdir, readFile, rename, rm, rmdir, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Diagnostics } from "../../diagnostics/diagnostics.ts";
import type { QueuedRequest, RequestBytes } from "../delivery.ts";
import { AbandonedFolders } from "./abandoned-folders.ts";
import type { Disk } from "./disk.ts";
import { diskReasonOf, ifMissing } from "./disk-errors.ts";
import { createFreeName } from "./owner.ts";
import type { SpoolBudget } from "./spool-budget.ts";
import { decodeSpoolFile, encodeSpoolFile, formatFileName, parseFileName } from "./spool-file.ts";
import type { SpoolFileName } from "./spool-file.ts";
import { writeNewFile } from "./write-new-file.ts";

export interface SpoolLaneOptions {
  /** Its own folder. */
  readonly directory: string;
  /** Where files go that cannot be read. */
  readonly tornDirectory: string;
  /** In sentences. */
  readonly label: string;
  readonly owner: () => Promise<string>;
  readonly budget: SpoolBudget;
  readonly disk: Disk;
  readonly diagnostics: Diagnostics;
}

/** Files that were set aside; further ones are removed, and counted like them. */
const TORN_FILES_MAX = 20;

export class SpoolLane {
  readonly #options: SpoolLaneOptions;
  readonly #abandoned: AbandonedFolders;
  /** The folders that this process owns, and how many files are in each. */
  readonly #folders = new Map<string, number>();
  #sequence = 0;
  #adoptedCount = 0;
  #itemCount = 0;
  #sizeBytes = 0;

  constructor(options: SpoolLaneOptions) {
    this.#options = options;
    this.#abandoned = new AbandonedFolders(options);
  }

  /** Spans, log records or points on disk that this process has to send. */
  get itemCount(): number {
    return this.#itemCount;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Writes a request. Undefined where there is no room or the disk fails, which is said and counted. Never rejects. */
  async append(request: {
    readonly chunks: readonly Uint8Array[];
    readonly itemCount: number;
  }): Promise<QueuedRequest | undefined> {
    const { budget, disk } = this.#options;
    try {
      const { itemCount } = request;
      const bytes = encodeSpoolFile(request.chunks, itemCount);
      const name = { sequence: this.#sequence++, itemCount, sizeBytes: bytes.length };
      if (!budget.take(bytes.length)) return this.#refuse();
      try {
        const folder = await this.#folder(0);
        const path = join(folder, formatFileName(name));
        await disk.run((isLate) => writeNewFile(path, bytes, isLate));
        return this.#hold(folder, name);
      } catch (error) {
        budget.give(bytes.length);
        throw error;
      }
    } catch (error) {
      this.#fail("write to", error);
      return undefined;
    }
  }

  /** Takes over what processes that have ended left, oldest first. Never rejects. */
  async adopt(): Promise<QueuedRequest[]> {
    const { budget, owner } = this.#options;
    const adopted: QueuedRequest[] = [];
    try {
      const { abandoned, inUse } = await this.#abandoned.find(await owner());
      for (const folder of abandoned) adopted.push(...(await this.#take(folder)));
      let othersSizeBytes = 0;
      for (const folder of inUse) {
        for (const { sizeBytes } of await this.#list(folder)) {
          othersSizeBytes += budget.sizeOnDisk(sizeBytes);
        }
      }
      budget.setOthers(this, othersSizeBytes);
    } catch (error) {
      this.#fail("look into", error);
    }
    return adopted;
  }

  /** Shows others that this process is there. */
  async beat(): Promise<void> {
    const now = new Date();
    for (const folder of this.#folders.keys()) {
      // One that is gone was taken by somebody; its files will be missed when they are read.
      await this.#options.disk.run(() => utimes(folder, now, now)).catch(() => undefined);
    }
  }

  /** Gives up what is left, for others to take at once. */
  async close(): Promise<void> {
    const { directory, disk, budget } = this.#options;
    for (const folder of this.#folders.keys()) {
      const free = join(directory, `${createFreeName()}.0`);
      await disk
        .run(() => rmdir(folder).catch(() => rename(folder, free)))
        .catch((error: unknown) => this.#fail("give up", error));
    }
    this.#folders.clear();
    budget.setOthers(this, 0);
  }

  /** Undefined where the folder is not ours any more: another process sends its files. */
  async read({ folder, name }: SpooledRequest): Promise<RequestBytes> {
    const path = join(folder, formatFileName(name));
    const file = await this.#options.disk.run(() => readFile(path).catch(ifMissing(undefined)));
    if (file === undefined) {
      this.#sayMissing(path);
      return undefined;
    }
    const request = decodeSpoolFile(file);
    if (request !== undefined) return { chunks: [request.body] };
    await this.#setAside(path);
    return { lost: "a file of the spool is torn" };
  }

  async remove({ folder, name }: SpooledRequest): Promise<void> {
    this.#count(folder, name, -1);
    this.#options.budget.give(name.sizeBytes);
    const isEmptied = this.#folders.get(folder) === 0 && !folder.endsWith(".0");
    if (isEmptied) this.#folders.delete(folder);
    try {
      await this.#options.disk.run(async () => {
        await rm(join(folder, formatFileName(name)), { force: true });
        if (isEmptied) await rmdir(folder).catch(() => undefined); // files that are none of ours stay
      });
    } catch (error) {
      this.#fail("remove from", error);
    }
  }

  #hold(folder: string, name: SpoolFileName): QueuedRequest {
    this.#count(folder, name, 1);
    return new SpooledRequest(this, folder, name);
  }

  #count(folder: string, name: SpoolFileName, sign: 1 | -1): void {
    this.#folders.set(folder, (this.#folders.get(folder) ?? 0) + sign);
    this.#itemCount += sign * name.itemCount;
    this.#sizeBytes += sign * name.sizeBytes;
  }

  async #folder(index: number): Promise<string> {
    return join(this.#options.directory, `${await this.#options.owner()}.${index}`);
  }

  async #take(folder: string): Promise<QueuedRequest[]> {
    const { disk, budget, diagnostics } = this.#options;
    const to = await this.#folder(++this.#adoptedCount);
    const isOurs = await disk.run(() => rename(folder, to).then(() => true, ifMissing(false)));
    const names = isOurs ? await this.#list(to) : [];
    if (isOurs && names.length === 0) await disk.run(() => rmdir(to).catch(() => undefined));
    diagnostics.count("spool.adopted", names.length);
    for (const { sizeBytes } of names) budget.add(sizeBytes);
    return names.map((name) => this.#hold(to, name));
  }

  async #list(folder: string): Promise<SpoolFileName[]> {
    const names = await this.#options.disk.run(() => readdir(folder).catch(ifMissing([])));
    return names
      .map(parseFileName)
      .filter((name) => name !== undefined)
      .toSorted((a, b) => a.sequence - b.sequence);
  }

  async #setAside(path: string): Promise<void> {
    const { tornDirectory, disk, diagnostics, label } = this.#options;
    diagnostics.sayOnce(
      "warn",
      "spool.torn",
      `Cannot read a file of the spool for ${label}: its checksum is wrong; it was put into "${tornDirectory}" and is counted`,
    );
    const to = join(tornDirectory, `${basename(dirname(path))}-${basename(path)}`);
    await disk.run(async () => {
      await mkdir(tornDirectory, { recursive: true, mode: 0o700 });
      const others = await readdir(tornDirectory);
      if (others.length < TORN_FILES_MAX) await rename(path, to);
      else await rm(path, { force: true });
    });
  }

  // ---- sentences

  #refuse(): undefined {
    const { diagnostics, budget, label } = this.#options;
    diagnostics.sayOnce(
      "warn",
      "spool.refused",
      `Cannot write more to the spool for ${label}: it has ${budget.sizeBytesMax} bytes; further requests wait in memory`,
    );
    return undefined;
  }

  #sayMissing(path: string): void {
    this.#options.diagnostics.sayOnce(
      "warn",
      "spool.missing",
      `Cannot find "${path}" of the spool: another process has taken it, or somebody removed it`,
    );
  }

  #fail(action: string, error: unknown): void {
    const { diagnostics, directory } = this.#options;
    diagnostics.sayOnce(
      "warn",
      "spool.failed",
      `Cannot ${action} the spool "${directory}": ${diskReasonOf(error)}; telemetry goes on from memory`,
    );
  }
}

/** One file. There may be tens of thousands, so it is no more than its name. */
class SpooledRequest implements QueuedRequest {
  readonly isOnDisk = true;
  readonly folder: string;
  readonly name: SpoolFileName;
  readonly #lane: SpoolLane;

  constructor(lane: SpoolLane, folder: string, name: SpoolFileName) {
    this.#lane = lane;
    this.folder = folder;
    this.name = name;
  }

  get itemCount(): number {
    return this.name.itemCount;
  }

  read(): Promise<RequestBytes> {
    return this.#lane.read(this);
  }

  remove(): Promise<void> {
    return this.#lane.remove(this);
  }
}
