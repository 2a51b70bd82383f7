import { describe, expect, test } from "vitest";
import { FrameRing } from "./frame-ring.ts";

const all = () => true;

describe("FrameRing", () => {
  test("gives the frames after an id, of the topics that are wanted", () => {
    const ring = new FrameRing({ epochMs: 1_000 });
    const first = ring.add("traces", "traces", "1", 0);
    ring.add("logs", "logs", "2", 0);
    ring.add("traces", "traces", "3", 0);
    const number = ring.findNumber(first.message.id);
    expect(number).toBe(1);
    expect(ring.after(number!, all)?.map(({ message }) => message.data)).toEqual(["2", "3"]);
    expect(ring.after(number!, (key) => key === "traces")?.map(({ number: n }) => n)).toEqual([3]);
    expect(ring.after(3, all)).toEqual([]);
  });

  test("an id of another start, of the future or of nonsense is none", () => {
    const ring = new FrameRing({ epochMs: 1_000 });
    ring.add("a", "logs", "", 0);
    const other = new FrameRing({ epochMs: 2_000 });
    for (const id of [other.lastId, `${ring.lastId}9`, "", "x", `${ring.lastId}x`, "rs"]) {
      expect(ring.findNumber(id)).toBeUndefined();
    }
  });

  test("forgets frames by age, and then cannot continue from before", () => {
    const ring = new FrameRing({ epochMs: 0, ageMsMax: 30_000 });
    ring.add("a", "logs", "old", 0);
    ring.add("a", "logs", "young", 20_000);
    ring.add("a", "logs", "new", 30_001);
    expect(ring.after(0, all)).toBeUndefined();
    expect(ring.after(1, all)?.map(({ message }) => message.data)).toEqual(["young", "new"]);
  });

  test("forgets frames by size", () => {
    const ring = new FrameRing({ epochMs: 0, sizeBytesMax: 100 });
    for (let at = 0; at < 1_000; at++) ring.add("a", "logs", "0123456789", 0);
    expect(ring.sizeBytes).toBe(100);
    expect(ring.after(990, all)).toHaveLength(10);
    expect(ring.after(989, all)).toBeUndefined();
  });
});
