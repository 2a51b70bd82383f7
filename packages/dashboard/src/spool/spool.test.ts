import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Signal } from "@telemetry/otlp";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DiskRoom } from "./disk-room.ts";
import { hashBody, encodeRecordHeader } from "./segment.ts";
import {
  openJournal,
  openSpool,
  scanEntries,
  SpoolFullError,
  type Spool,
  type SpoolOptions,
} from "./spool.ts";

let dataDirectory: string;
let spool: Spool;
const text = new TextDecoder();

beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), "telemetry-spool-"));
});

afterEach(async () => {
  await spool.close();
  rmSync(dataDirectory, { recursive: true, force: true });
});

async function open(options: Partial<SpoolOptions> = {}): Promise<Spool> {
  spool = await openSpool({ dataDirectory, ...options });
  return spool;
}

/** Closes without a word, opens again. */
async function reopen(options: Partial<SpoolOptions> = {}): Promise<Spool> {
  await spool.close();
  return open(options);
}

function arrival(body: string | Uint8Array, signal: Signal = "traces") {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return { signal, encoding: "protobuf" as const, body: bytes, receivedAtMs: Date.now() };
}

function entriesOf(signal: Signal = "traces", from = 0, to = Number.POSITIVE_INFINITY) {
  return [...scanEntries(spool.directory, signal, from, to)];
}

function bodiesOf(signal: Signal = "traces"): string[] {
  return entriesOf(signal).map((entry) => text.decode(entry.body));
}

function segmentsOf(signal: Signal = "traces"): string[] {
  const directory = join(spool.directory, signal);
  return readdirSync(directory)
    .filter((name) => name.endsWith(".segment"))
    .toSorted()
    .map((name) => join(directory, name));
}

describe("append", () => {
  test("numbers the requests of each signal from 0 and keeps them as they came", async () => {
    await open();
    expect(await spool.append(arrival("a"))).toEqual({ position: 0 });
    expect(await spool.append(arrival("b"))).toEqual({ position: 1 });
    expect(await spool.append({ ...arrival("c", "logs"), encoding: "json" })).toEqual({
      position: 0,
    });

    expect(bodiesOf("traces")).toEqual(["a", "b"]);
    expect(entriesOf("logs")).toMatchObject([{ position: 0, encoding: "json" }]);
    expect(entriesOf("metrics")).toEqual([]);
    expect(spool.end("traces")).toBe(2);
  });

  test("many at once are acknowledged in order by few disk writes", async () => {
    await open();
    const bodies = Array.from({ length: 500 }, (_, index) => `request ${index}`);
    const results = await Promise.all(bodies.map((body) => spool.append(arrival(body))));

    expect(results).toEqual(bodies.map((_, position) => ({ position })));
    expect(bodiesOf()).toEqual(bodies);
    expect(spool.status().counters["commits"]).toBeLessThan(5);
  });

  test("goes on at the next number after a restart", async () => {
    await open();
    await spool.append(arrival("a"));
    await reopen();

    expect(await spool.append(arrival("b"))).toEqual({ position: 1 });
    expect(bodiesOf()).toEqual(["a", "b"]);
  });

  test("the id stays with the folder", async () => {
    const { id } = await open();
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect((await reopen()).id).toBe(id);
  });

  test("bodies come back in buffers of their own", async () => {
    await open();
    await spool.append(arrival("a"));
    await spool.append(arrival("bc"));
    const [first, second] = entriesOf();

    expect(first!.body.buffer).not.toBe(second!.body.buffer);
    expect(second!.body.buffer.byteLength).toBe(2);
  });
});

describe("repeats", () => {
  test("the same bytes are stored once, also when both come at once", async () => {
    await open();
    const results = await Promise.all(
      [arrival("a"), arrival("a")].map((each) => spool.append(each)),
    );
    results.push(await spool.append(arrival("a")));

    expect(results).toEqual([{ position: 0 }, { repeated: true }, { repeated: true }]);
    expect(bodiesOf()).toEqual(["a"]);
    expect(spool.status().counters).toMatchObject({ appended: 1, repeated: 2 });
  });

  test("the same bytes of another signal are another request", async () => {
    await open();
    await spool.append(arrival("a", "traces"));
    expect(await spool.append(arrival("a", "logs"))).toEqual({ position: 0 });
  });

  test("are recognised after a restart, also when their segment is gone", async () => {
    await open({ segmentSizeBytes: 64 });
    for (const body of ["a", "b", "c"]) await spool.append(arrival(body));
    releaseAll();
    await reopen({ segmentSizeBytes: 64 });

    expect(bodiesOf()).toEqual(["c"]);
    expect(await spool.append(arrival("a"))).toEqual({ repeated: true });
    expect(await spool.append(arrival("c"))).toEqual({ repeated: true });
    expect(await spool.append(arrival("d"))).toEqual({ position: 3 });
  });

  test("are recognised whatever the time of day says, also after a restart", async () => {
    const hourMs = 3_600_000;
    await open();
    for (const offsetMs of [0, 5 * hourMs, -5 * hourMs]) {
      const receivedAtMs = Date.now() + offsetMs;
      await spool.append({ ...arrival(`at ${offsetMs}`), receivedAtMs });
    }
    for (const restarts of [0, 1]) {
      if (restarts > 0) await reopen();
      for (const offsetMs of [0, 5 * hourMs, -5 * hourMs]) {
        const receivedAtMs = Date.now() - offsetMs;
        const again = spool.append({ ...arrival(`at ${offsetMs}`), receivedAtMs });
        expect(await again).toEqual({ repeated: true });
      }
    }
  });

  test("a repeat waits for the disk like the first one, and fails with it", async () => {
    await open();
    rmSync(join(spool.directory, "traces"), { recursive: true, force: true });
    writeFileSync(join(spool.directory, "traces"), "in the way");
    const results = await Promise.allSettled(
      [arrival("a"), arrival("a")].map((each) => spool.append(each)),
    );
    expect(results.map((result) => result.status)).toEqual(["rejected", "rejected"]);

    rmSync(join(spool.directory, "traces"));
    expect(await spool.append(arrival("a"))).toEqual({ position: 0 });
  });
});

/** What the store's thread does once everything is in ClickHouse. */
function releaseAll(signal: Signal = "traces"): void {
  const journal = openJournal(spool.directory);
  journal.moveCheckpoint(signal, spool.end(signal));
  journal.close();
  spool.releaseBefore(signal, spool.end(signal));
}

describe("segments", () => {
  test("roll at their size, and a range is read across them", async () => {
    await open({ segmentSizeBytes: 200 });
    for (let index = 0; index < 10; index++) await spool.append(arrival(`body ${index}`));

    expect(segmentsOf().length).toBeGreaterThan(2);
    expect(entriesOf("traces", 3, 7).map((entry) => entry.position)).toEqual([3, 4, 5, 6]);
  });

  test("go when the checkpoint has passed them, except the one written to", async () => {
    await open({ segmentSizeBytes: 64 });
    for (const body of ["a", "b", "c", "d"]) await spool.append(arrival(body));
    spool.releaseBefore("traces", 2);
    await expect.poll(() => bodiesOf()).toEqual(["c", "d"]);

    releaseAll();
    await expect.poll(() => bodiesOf()).toEqual(["d"]);
    expect(spool.status().counters).toMatchObject({ segments: 1, unstored_requests: 0 });
  });

  test("a position that the journal names is never given again, whatever is left on the disk", async () => {
    await open();
    await spool.append(arrival("a"));
    await spool.append(arrival("b"));
    const journal = openJournal(spool.directory);
    journal.writeIntent("traces", { from: 0, to: 2, tables: ["otel_traces"], formatVersion: 1 });
    journal.close();
    for (const path of segmentsOf()) rmSync(path);
    await reopen();

    expect(await spool.append(arrival("c"))).toEqual({ position: 2 });
  });
});

describe("room", () => {
  test("beyond the limit the sender is asked to wait, and is served again once ClickHouse has taken some", async () => {
    await open({ bytesMax: 4_000 });
    const appended: number[] = [];
    const fill = async () => {
      for (let index = 0; ; index++) {
        await spool.append(arrival(`${index}${"x".repeat(200)}`));
        appended.push(index);
      }
    };
    await expect(fill()).rejects.toThrow(SpoolFullError);
    expect(appended.length).toBeGreaterThan(10);
    expect(spool.status()).toMatchObject({ state: "degraded", counters: { refused_full: 1 } });
    expect(await spool.append(arrival(`0${"x".repeat(200)}`))).toEqual({ repeated: true });

    releaseAll();
    expect(await spool.append(arrival("y".repeat(1_000)))).toMatchObject({
      position: appended.length,
    });
    expect(spool.status().state).toBe("ok");
    await reopen();
    expect(bodiesOf()).toEqual(["y".repeat(1_000)]);
  });

  const canMount = spawnSync("unshare", ["-rm", "true"]).status === 0;
  const script = join(import.meta.dirname, "testdata", "fill-disk.ts");
  const NODE = [process.execPath, "--conditions=@telemetry/source", script];

  test.skipIf(!canMount)(
    "a full disk refuses whole groups, loses nothing acknowledged, and recovers by itself (needs unshare)",
    async () => {
      await open();
      const disk = mkdtempSync(join(dataDirectory, "disk-"));
      const command = `mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" "$3" "$4" "$1"`;
      const args = ["-rm", "sh", "-c", command, "sh", disk, ...NODE];
      const run = spawnSync("unshare", args, { encoding: "utf8" });

      expect(run.stderr).toBe("");
      const result = JSON.parse(run.stdout);
      expect(result.whileFull).toBe(10);
      expect(result.reasons[0]).toBe("Cannot keep request: the disk is full");
      expect(result.journalError).toBe("ENOSPC");
      expect(result.openIntent).toMatchObject({ tables: ["otel_traces"] });
      expect(new Set(result.found).size).toBe(result.found.length);
      expect(result.found.toSorted((a: number, b: number) => a - b)).toEqual(
        Array.from({ length: 30 }, (_, index) => index),
      );
    },
  );

  test("stops before the disk is full, because ClickHouse needs room to empty it", async () => {
    const room = new DiskRoom(dataDirectory);
    const { bavail, bsize } = statfsSync(dataDirectory);
    const freeBytes = bavail * bsize;

    expect(room.reserveBytes).toBeGreaterThan(0);
    expect(room.reserveBytes).toBeLessThanOrEqual(256 * 1_048_576);
    expect(room.take(freeBytes)).toBe(false);
    expect(room.take(freeBytes / 2)).toBe(true);
    expect(room.take(freeBytes / 2)).toBe(false);
    await room.ask();
    expect(room.take(freeBytes / 2)).toBe(true);
  });
});

describe("damage", () => {
  test("half a record at the end is cut at whatever byte, and every acknowledged entry is there once", async () => {
    await open();
    const body = new TextEncoder().encode("interrupted");
    const header = {
      position: 3,
      bodySizeBytes: body.length,
      receivedAtMs: Date.now(),
      hash: hashBody(body),
      encoding: "json" as const,
    };
    const record = Buffer.concat([encodeRecordHeader(header), body]);
    for (const acknowledged of ["a", "b", "c"]) await spool.append(arrival(acknowledged));
    const [path] = segmentsOf();
    const sizeBytes = statSync(path!).size;

    for (let cut = 1; cut < record.length; cut++) {
      appendFileSync(path!, record.subarray(0, cut));
      await reopen();
      expect(bodiesOf()).toEqual(["a", "b", "c"]);
      expect(statSync(path!).size).toBe(sizeBytes);
      expect(spool.status().counters["tail_bytes_cut"]).toBe(cut);
    }
    expect(await spool.append({ ...arrival(body), encoding: "json" })).toEqual({ position: 3 });
  });

  test("a whole record that nobody was told of is kept, and its sender's retry is a repeat", async () => {
    await open();
    await spool.append(arrival("told"));
    const body = new TextEncoder().encode("untold");
    const header = {
      position: 1,
      bodySizeBytes: body.length,
      receivedAtMs: Date.now(),
      hash: hashBody(body),
      encoding: "protobuf" as const,
    };
    appendFileSync(segmentsOf()[0]!, Buffer.concat([encodeRecordHeader(header), body]));
    await reopen();

    expect(await spool.append(arrival("untold"))).toEqual({ repeated: true });
    expect(bodiesOf()).toEqual(["told", "untold"]);
  });

  test("one changed byte costs at most its own record, wherever it is", async () => {
    const bodies = ["alpha", "beta", "gamma", "delta"];
    await open();
    for (const body of bodies) await spool.append(arrival(body));
    await spool.close();
    const path = segmentsOf()[0]!;
    const good = readFileSync(path);

    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (offset, change) => {
          const bad = Buffer.from(good);
          bad[offset]! ^= change;
          writeFileSync(path, bad);
          const found = [...scanEntries(spool.directory, "traces", 0, 4)];
          const names = found.map((entry) => text.decode(entry.body));

          expect(found.length).toBeGreaterThanOrEqual(3);
          expect(names).toEqual(bodies.filter((body) => names.includes(body)));
          for (const entry of found) expect(text.decode(entry.body)).toBe(bodies[entry.position]);
        },
      ),
      { numRuns: 300 },
    );
    writeFileSync(path, good);
    await open();
  });

  test("a damaged record in the middle is stepped over, counted, and what follows keeps its number", async () => {
    await open();
    for (const body of ["a", "b", "c"]) await spool.append(arrival(body));
    const path = segmentsOf()[0]!;
    const bytes = readFileSync(path);
    bytes[20 + 49 + 10]! ^= 0xff; // in the header of "b"
    writeFileSync(path, bytes);
    await reopen();

    expect(entriesOf().map((entry) => entry.position)).toEqual([0, 2]);
    expect(spool.status().counters).toMatchObject({ records_damaged: 1, damaged_bytes: 49 });
    const damages: unknown[] = [];
    const scanned = [
      ...scanEntries(spool.directory, "traces", 0, 3, (damage) => damages.push(damage)),
    ];
    expect(scanned.length).toBe(2);
    expect(damages).toEqual([{ path, offset: 69, sizeBytes: 49, tail: false }]);
  });

  test("a segment cut anywhere, also inside its header, still opens and takes new entries", async () => {
    await open();
    for (const body of ["a", "b"]) await spool.append(arrival(body));
    const path = segmentsOf()[0]!;
    const good = readFileSync(path);
    for (let size = good.length; size >= 0; size--) {
      await spool.close();
      writeFileSync(path, good.subarray(0, size));
      await open();
      expect(bodiesOf()).toEqual(["a", "b"].slice(0, Math.max(0, Math.floor((size - 20) / 49))));
    }
    expect(await spool.append(arrival("c"))).toEqual({ position: 0 });
    expect(bodiesOf()).toEqual(["c"]);
  });

  test("a segment of a newer version is refused by name", async () => {
    await open();
    await spool.append(arrival("a"));
    await spool.close();
    const path = segmentsOf()[0]!;
    const { crc32 } = await import("node:zlib");
    const bytes = readFileSync(path);
    bytes.writeUInt16LE(2, 4);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 16)), 16);
    writeFileSync(path, bytes);

    await expect(openSpool({ dataDirectory })).rejects.toThrow(
      /^Cannot read segment ".*": it was written by a newer version$/,
    );
    rmSync(path);
    await open(); // and the folder was not left locked
  });
});
