import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { RateLimitedError } from "./errors.ts";
import { networkOf, Senders } from "./senders.ts";

/** A connection from there. */
const from = (remoteAddress: string) => ({ remoteAddress }) as Socket;

describe("a sender", () => {
  test.each([
    ["10.0.0.7", "10.0.0.7"],
    ["::ffff:10.0.0.7", "10.0.0.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::6", "2001:db8:1:2::/64"],
    ["2001:db8::6", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["", "unknown"],
  ])("at %s is %s", (address, name) => {
    expect(networkOf(address)).toBe(name);
  });

  test("is the same over all its connections, and shares its memory among them", () => {
    const senders = new Senders();
    const first = senders.find(from("10.0.0.7"));
    const second = senders.find(from("10.0.0.7"));
    expect(second).toEqual(first);
    expect(second.share).toBe(first.share);
    expect(senders.find(from("10.0.0.8")).share).not.toBe(first.share);
    expect(senders.count).toBe(2);
  });

  test("on this machine is one by its limits, and each connection by itself by its memory", () => {
    const senders = new Senders();
    const socket = from("127.0.0.1");
    const first = senders.find(socket);
    const second = senders.find(from("::1"));
    expect(second.sender).toBe(first.sender);
    expect(second.share).not.toBe(first.share);
    expect(senders.find(socket).share).toBe(first.share);
    expect(first.sender.name).toBe("localhost");
  });

  test("is limited by itself", () => {
    const senders = new Senders({ requestsPerSecond: 2 });
    const { sender } = senders.find(from("10.0.0.7"));
    sender.admit(0);
    sender.admit(0);
    expect(() => sender.admit(0)).toThrow(RateLimitedError);
    expect(() => sender.admit(0)).toThrow('"10.0.0.7" sends more than one sender may');
    senders.find(from("10.0.0.8")).sender.admit(0);
    sender.admit(500);
  });

  test("without limits may send what it likes", () => {
    const { sender } = new Senders().find(from("10.0.0.7"));
    for (let request = 0; request < 10_000; request++) {
      sender.charge(1e9, 0);
      sender.admit(0);
    }
  });
});

describe("Senders", () => {
  test("shows to whom most was refused, and the rest together", () => {
    const senders = new Senders();
    for (let at = 0; at < 30; at++) senders.find(from(`10.0.0.${at}`)).sender.refusedCount = at;
    const refused = senders.refused();
    expect(Object.keys(refused)).toHaveLength(21);
    expect(refused).toMatchObject({ "10.0.0.29": 29, "10.0.0.10": 10, others: 45 });
  });

  test("knows a thousand, forgets who was silent for longest, and what was refused to it stays counted", () => {
    const senders = new Senders();
    const address = (at: number) => from(`10.0.${at >> 8}.${at & 255}`);
    senders.find(address(0)).sender.refusedCount = 3;
    for (let at = 1; at < 1_001; at++) {
      senders.find(address(at));
      if (at === 500) senders.find(address(1)); // sends again
    }
    expect(senders.count).toBe(1_000);
    expect(senders.refused()).toEqual({ others: 3 });
    senders.find(address(1_001));
    senders.find(address(1)).sender.refusedCount = 1;
    expect(senders.refused()).toEqual({ "10.0.0.1": 1, others: 3 });
  });
});
