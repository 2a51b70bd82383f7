import { describe, expect, test } from "vitest";
import { UnavailableError } from "./failures.ts";
import { Slots } from "./slots.ts";

const never = new AbortController().signal;

describe("Slots", () => {
  test("lets so many run, and the others in the order they came", async () => {
    const slots = new Slots(2, 10);
    const order: string[] = [];
    const [first, second] = [await slots.take(never), await slots.take(never)];
    const waiting = ["a", "b"].map(async (name) => {
      const release = await slots.take(never);
      order.push(name);
      return release;
    });

    expect(order).toEqual([]);
    first();
    first(); // giving back twice gives one slot
    const a = await waiting[0];
    expect(order).toEqual(["a"]);
    second();
    await waiting[1];
    expect(order).toEqual(["a", "b"]);
    a?.();
  });

  test("refuses whoever would wait behind too many", async () => {
    const slots = new Slots(1, 1);
    await slots.take(never);
    void slots.take(never);

    await expect(slots.take(never)).rejects.toThrow(UnavailableError);
  });

  test("who goes away while waiting leaves the queue", async () => {
    const slots = new Slots(1, 1);
    const release = await slots.take(never);
    const leave = new AbortController();
    const left = slots.take(leave.signal);
    leave.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");

    const next = slots.take(never);
    release();
    (await next)();
    await slots.take(never);
  });

  test("does not start for who has gone before", async () => {
    await expect(new Slots(1, 1).take(AbortSignal.abort(new Error("gone")))).rejects.toThrow(
      "gone",
    );
  });
});
