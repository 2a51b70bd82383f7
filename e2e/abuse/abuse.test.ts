// abuse.test.ts — the short form; `npm run soak -- --only abuse` runs the long one. TELEMETRY_ABUSE_SEED repeats a run.

import { beforeAll, describe, expect, test } from "vitest";
import { runAbuse, type AbuseReport } from "./abuse.ts";
import { failuresOf, tableOf } from "./report.ts";

let report: AbuseReport;
const part = (name: string) => report.parts.find((each) => each.name.includes(name))!;

beforeAll(async () => {
  const seed = Number(process.env["TELEMETRY_ABUSE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  report = await runAbuse({
    seed,
    requests: 4_000,
    requestsMsMax: 6_000,
    rounds: 1,
    connections: 1_000,
    connectionsMs: 500,
    slowClients: 3,
    http2: { connections: 1, frames: 3_000 },
  });
  console.log(tableOf(report));
});

describe("under abuse", () => {
  test("every spoilt request is answered as OTLP names it, or cut off; no 500, no crash, no hang", () => {
    expect(part("mutated").outcomes.count).toBeGreaterThan(1_000);
    expect(part("mutated").outcomes.of("400")).toBeGreaterThan(100);
    expect(part("mutated").outcomes.of("grpc 3")).toBeGreaterThan(100);
    expect(part("mutated").outcomes.unnamed).toEqual([]);
    expect(report).toMatchObject({ isAlive: true, counters: { requests_failed: 0 } });
  });

  test("an honest sender beside it is never refused, and all it sent is stored", () => {
    expect(report.parts.map(({ witness }) => witness.reasons).flat()).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(50);
    expect(report.stored).toBe(report.acknowledged);
  });

  test("bombs and bodies that are too large are refused by name", () => {
    for (const name of ["bombs", "100 MB"]) {
      const { outcomes } = part(name);
      expect(outcomes.of("413")).toBeGreaterThan(0);
      expect(outcomes.of("grpc 8")).toBeGreaterThan(0);
      expect(outcomes.count).toBe(
        outcomes.of("413") + outcomes.of("grpc 8") + outcomes.of("503") + outcomes.of("grpc 14"),
      );
    }
  });

  test("floods that break the rules of HTTP/2 end their connection", () => {
    expect(part("floods").outcomes.of("cut")).toBeGreaterThan(8);
  });

  test("slow and half-open clients are all cut off", () => {
    expect(part("slow").outcomes.unnamed).toEqual([]);
    expect(report.counters["connections_slow"]).toBeGreaterThan(0);
    expect(report.counters["requests_slow"]).toBeGreaterThan(0);
  });

  test("nothing else is wrong that the long form would complain about", () => {
    expect(failuresOf(report)).toEqual([]);
  });
});
