import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeRequest, type Batch } from "@telemetry/otlp";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openSpool, type Spool } from "../spool/spool.ts";
import { encodeRequest, spanOf, traceRequest } from "./testdata/requests.ts";
import { WaitingRequests } from "./waiting-requests.ts";

const UNLIMITED = { rowsMax: Infinity, bytesMax: Infinity };
let directory: string;
let spool: Spool;
let nextSpan = 0;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-waiting-"));
  spool = await openSpool({ dataDirectory: directory });
});

afterEach(async () => {
  await spool.close();
  rmSync(directory, { recursive: true, force: true });
});

const bodyOf = (spans: number) =>
  encodeRequest("traces", traceRequest(Array.from({ length: spans }, () => spanOf(nextSpan++))));

async function append(body: Uint8Array): Promise<number> {
  const entry = { signal: "traces", encoding: "protobuf", body, receivedAtMs: 7 } as const;
  const appended = await spool.append(entry);
  return "position" in appended ? appended.position : -1;
}

function waiting(end: number, onUnreadable = vi.fn()) {
  const signal = "traces";
  const { directory: spoolDirectory } = spool;
  return new WaitingRequests({ signal, spoolDirectory, checkpoint: 0, end, onUnreadable });
}

const batchOf = (body: Uint8Array): Batch => decodeRequest("traces", "protobuf", body.slice());

describe("WaitingRequests", () => {
  test("takes requests from memory and from the spool, in the order of positions", async () => {
    const bodies = [bodyOf(1), bodyOf(2), bodyOf(3), bodyOf(4)];
    for (const body of bodies) await append(body);
    const requests = waiting(4);
    requests.add(1, 9, batchOf(bodies[1] as Uint8Array));
    requests.add(3, 9);
    const { from, to, requests: taken } = requests.take(UNLIMITED);
    expect([from, to]).toEqual([0, 4]);
    expect(taken.map(({ position, batch }) => [position, batch.rowCount])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(taken.map((request) => request.receivedAtMs)).toEqual([7, 9, 7, 7]);
  });

  test("stops at a limit, with at least one request", () => {
    const requests = waiting(0);
    for (let position = 0; position < 5; position++) requests.add(position, 0, batchOf(bodyOf(10)));
    expect(requests.take({ rowsMax: 25, bytesMax: Infinity }).to).toBe(3);
    expect(requests.take({ rowsMax: Infinity, bytesMax: 1 }).to).toBe(1);
    expect(requests.takeRange(0, 2).requests).toHaveLength(2);
    expect(requests.isFull({ rowsMax: 50, bytesMax: Infinity })).toBe(true);
    expect(requests.isFull({ rowsMax: 51, bytesMax: Infinity })).toBe(false);
  });

  test("forgets what is stored, and gives its memory back at once", async () => {
    const first = bodyOf(10);
    await append(first);
    const requests = waiting(1);
    for (let position = 1; position < 3; position++) requests.add(position, 0, batchOf(bodyOf(10)));
    const taken = requests.takeRange(0, 2);
    expect(taken.requests.map(({ batch }) => batch.rowCount)).toEqual([10, 10]);
    requests.release(taken);
    expect(taken.requests.map(({ batch }) => batch.arena.length)).toEqual([0, 0]);
    expect(requests.count).toBe(1);
    expect(requests.isFull({ rowsMax: 11, bytesMax: Infinity })).toBe(false);
    expect(requests.take(UNLIMITED)).toMatchObject({ from: 2, to: 3 });
    requests.add(1, 0, batchOf(bodyOf(10))); // late, and stored already
    expect(requests.take(UNLIMITED).requests).toHaveLength(1);
  });

  test("leaves out positions that the spool has not, and tells of those it cannot decode", async () => {
    await append(bodyOf(1));
    await append(Uint8Array.of(0x0a, 0xff));
    const onUnreadable = vi.fn();
    const { to, requests } = waiting(3, onUnreadable).take(UNLIMITED);
    expect(to).toBe(3);
    expect(requests.map((request) => request.position)).toEqual([0]);
    expect(onUnreadable).toHaveBeenCalledTimes(1);
    expect(onUnreadable.mock.calls[0]?.[0]).toBe(1);
  });
});
