import { describe, expect, test } from "vitest";
import { Station } from "./self.ts";

describe("Station", () => {
  test("counts from zero and keeps what was set", () => {
    const station = new Station("spool", { bytes_max: 10 });

    station.count("appended");
    station.count("appended", 2);
    station.set("bytes", 7);
    station.set("bytes", 5);

    expect(station.status()).toEqual({
      station: "spool",
      state: "ok",
      counters: { appended: 3, bytes: 5 },
      limits: { bytes_max: 10 },
    });
  });

  test("says why it is degraded, and forgets it when it is well again", () => {
    const station = new Station("store");

    station.setState("degraded", "ClickHouse does not answer; rows wait in the spool");
    expect(station.status()).toMatchObject({
      state: "degraded",
      message: "ClickHouse does not answer; rows wait in the spool",
    });

    station.setState("ok", "ignored");
    expect(station.status()).not.toHaveProperty("message");
  });

  test("a status is a copy", () => {
    const station = new Station("live");
    station.count("frames");
    const before = station.status();
    station.count("frames");

    expect(before.counters).toEqual({ frames: 1 });
  });
});
