import { describe, expect, test } from "vitest";
import { Station } from "../self/self.ts";
import { readServices } from "./batch-json.ts";
import { Services, SERVICES_MAX } from "./services.ts";
import { idOf, spansOf, type SpanParts } from "./testdata/requests.ts";

const NOW_MS = 1_800_000_000_500;
const NOW_SECOND = 1_800_000_000;

function openServices() {
  const station = new Station("live");
  const services = new Services(station);
  const add = (service: string, spans: SpanParts[], receivedAtMs = NOW_MS) => {
    const batch = spansOf(
      service,
      spans.map((span) => ({ startMs: NOW_MS - 100, ...span })),
    );
    services.add(batch, readServices(batch), receivedAtMs);
  };
  return { services, add, counters: () => station.status().counters };
}

describe("Services", () => {
  test("counts spans and errors in the second in which they ended", () => {
    const { services, add } = openServices();
    add("shop", [
      { startMs: NOW_MS - 3_000, durationMs: 2_000 },
      { durationMs: 10, isError: true },
      { durationMs: 10 },
    ]);
    const [shop] = services.takeChanged();
    expect(shop).toMatchObject({
      name: "shop",
      seconds: [
        { second: NOW_SECOND - 1, spans: 1, errors: 0 },
        { second: NOW_SECOND, spans: 2, errors: 1 },
      ],
    });
    expect(services.errorCount).toBe(1);
  });

  test("measures latency over entry spans: of servers, of consumers, and roots", () => {
    const { services, add } = openServices();
    const parentSpanId = idOf(9, 8);
    add("shop", [
      { kind: 2, parentSpanId, durationMs: 10 },
      { kind: 5, parentSpanId, durationMs: 10 },
      { kind: 1, durationMs: 10 },
      { kind: 1, parentSpanId, durationMs: 5_000 },
      { kind: 3, parentSpanId, durationMs: 5_000 },
    ]);
    add("worker", [{ kind: 1, parentSpanId, durationMs: 10 }]);
    const [shop, worker] = services.takeChanged();
    expect(shop?.seconds[0]?.p99Ms).toBeCloseTo(10, 0);
    expect(shop?.seconds).toHaveLength(1);
    expect(worker?.seconds[0]).toMatchObject({ spans: 1, p50Ms: null, p95Ms: null, p99Ms: null });
  });

  test("a late span changes the past; an old second keeps its latency", () => {
    const { services, add } = openServices();
    add("shop", [{ kind: 2, durationMs: 10 }], NOW_MS);
    services.takeChanged();
    for (let second = 1; second <= 40; second++) {
      const startMs = NOW_MS + second * 1_000;
      add("shop", [{ kind: 2, startMs: startMs - 20, durationMs: 20 }], startMs);
    }
    services.takeChanged();
    const laterMs = NOW_MS + 41_000;
    add("shop", [{ kind: 2, startMs: NOW_MS - 400, durationMs: 300, isError: true }], laterMs);

    const [changed] = services.takeChanged();
    expect(changed?.seconds).toMatchObject([{ second: NOW_SECOND, spans: 2, errors: 1 }]);
    expect(changed?.seconds[0]?.p99Ms).toBeCloseTo(10, 0);
  });

  test("what ended before the window is counted and not shown", () => {
    const { services, add, counters } = openServices();
    add("shop", [{ startMs: NOW_MS - 301_000, durationMs: 1 }, { durationMs: 1 }]);
    expect(services.snapshot(NOW_MS)[0]?.seconds).toHaveLength(1);
    expect(counters()["spans_before_window"]).toBe(1);
  });

  test("a clock that is ahead does not open the future", () => {
    const { services, add } = openServices();
    add("shop", [{ startMs: NOW_MS + 3_600_000, durationMs: 1 }]);
    expect(services.takeChanged()[0]?.seconds[0]?.second).toBe(NOW_SECOND);
  });

  test("a snapshot has the 300 seconds that end now", () => {
    const { services, add } = openServices();
    for (const second of [0, 1, 299, 300]) {
      const atMs = NOW_MS + second * 1_000;
      add("shop", [{ startMs: atMs - 1, durationMs: 1 }], atMs);
    }
    const [shop] = services.snapshot(NOW_MS + 300_000);
    expect(shop?.seconds.map(({ second }) => second - NOW_SECOND)).toEqual([1, 299, 300]);
    expect(services.snapshot(NOW_MS + 1_000_000)).toEqual([]);
  });

  test("only seconds that changed since are given again", () => {
    const { services, add } = openServices();
    add("shop", [{}]);
    expect(services.takeChanged()).toHaveLength(1);
    expect(services.takeChanged()).toEqual([]);
    add("shop", [{}]);
    expect(services.takeChanged()[0]?.seconds[0]?.spans).toBe(2);
  });

  test("a service beyond the limit is counted; it gets a place when another was silent for 300 s", () => {
    const { services, add, counters } = openServices();
    for (let at = 0; at < SERVICES_MAX; at++) add(`service ${at}`, [{}]);
    add("one more", [{}, {}]);
    expect(services.size).toBe(SERVICES_MAX);
    expect(counters()["spans_of_dropped_services"]).toBe(2);

    const laterMs = NOW_MS + 400_000;
    add("one more", [{ startMs: laterMs - 1, durationMs: 1 }], laterMs);
    expect(services.snapshot(laterMs).map(({ name }) => name)).toEqual(["one more"]);
  });
});
