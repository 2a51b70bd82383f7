import { describe, expect, test } from "vitest";
import { Disk } from "./disk.ts";

describe("Disk", () => {
  test("does one thing at a time, in order, whatever fails", async () => {
    const disk = new Disk();
    const done: string[] = [];
    const step = (name: string, isFailing = false) =>
      disk.run(async () => {
        done.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        done.push(`${name} ends`);
        if (isFailing) throw new Error(name);
        return name;
      });
    const results = await Promise.allSettled([step("a"), step("b", true), step("c")]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(done).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  test("that hangs refuses at once until it answers, and the late work knows that it is late", async () => {
    const disk = new Disk({ patienceMs: 20 });
    let answer = (): void => {};
    let wasLate = false;
    const hanging = disk.run(async (isLate) => {
      await new Promise<void>((resolve) => (answer = resolve));
      wasLate = isLate();
    });
    const waiting = disk.run(() => Promise.resolve("waited"));
    await expect(hanging).rejects.toThrow("the disk has not answered for 20 ms");
    await expect(waiting).rejects.toThrow("has not answered");
    await expect(disk.run(() => Promise.resolve())).rejects.toThrow("has not answered");
    answer();
    await new Promise((resolve) => setImmediate(resolve));
    expect(wasLate).toBe(true);
    expect(await disk.run(() => Promise.resolve("again"))).toBe("again");
  });
});
