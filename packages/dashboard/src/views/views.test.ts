import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { View } from "../contract/contract.ts";
import type { Engine } from "../engine/engine.ts";
import { openTestTables, type TestTables } from "../query/testdata/test-tables.ts";
import { TooManyViewsError, Views } from "./views.ts";

/** An engine whose state the test says. */
function switchableEngine(state: Engine["state"]) {
  const listeners = new Set<(state: Engine["state"]) => void>();
  return {
    state,
    onStateChange(listener: (state: Engine["state"]) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    switchTo(next: Engine["state"]) {
      this.state = next;
      for (const listener of listeners) listener(next);
    },
  };
}

describe("Views", () => {
  let tables: TestTables;
  beforeAll(async () => {
    tables = await openTestTables();
  }, 60_000);
  afterAll(() => tables.close());
  beforeEach(() => tables.client.command({ query: "TRUNCATE TABLE telemetry_views" }));

  const openViews = (engine = switchableEngine("ready")) =>
    new Views({ client: tables.client, engine });
  const titles = (views: View[]) => views.map(({ title }) => title);
  const storedCount = async () => {
    const answer = await tables.client.query({
      query: "SELECT count() AS stored FROM telemetry_views FINAL",
      format: "JSONEachRow",
    });
    return Number((await answer.json<{ stored: string }>())[0]?.stored);
  };

  test("keeps one view per metric, chart type and title", async () => {
    const views = openViews();

    const first = views.register({ metricName: "tokens", chartType: "line_chart" });
    const again = views.register({ metricName: "tokens", chartType: "line_chart", unit: "1" });
    views.register({ metricName: "tokens", chartType: "stat", title: "All tokens" });

    expect(first).toEqual({
      id: again.id,
      metricName: "tokens",
      chartType: "line_chart",
      title: "tokens",
    });
    expect(await views.list()).toMatchObject([
      { title: "All tokens" },
      { title: "tokens", unit: "1" },
    ]);
    await views.close();
  });

  test("takes views while the engine starts, and stores them when it is ready", async () => {
    const engine = switchableEngine("starting");
    const views = openViews(engine);
    views.register({ metricName: "early", chartType: "gauge" });
    expect(titles(await views.list())).toEqual(["early"]);

    engine.switchTo("ready");

    await vi.waitFor(async () => expect(await storedCount()).toBe(1));
    await views.close();
    const reopened = openViews();
    expect(titles(await reopened.list())).toEqual(["early"]);
    await reopened.close();
  });

  test("two dashboards see each other's views, and a deletion stays one", async () => {
    const [one, other] = [openViews(), openViews()];
    const kept = one.register({ metricName: "kept", chartType: "stat" });
    const gone = one.register({ metricName: "gone", chartType: "stat" });
    await one.close();
    await vi.waitFor(
      async () => expect(titles(await other.list())).toEqual(["gone", "kept"]),
      10_000,
    );

    expect(other.delete(gone.id)).toBe(true);
    expect(other.delete(gone.id)).toBe(false);
    await other.close();

    const third = openViews();
    expect(await third.list()).toEqual([kept]);
    await third.close();
  }, 30_000);

  test("tells its listeners of every change", async () => {
    const views = openViews();
    const heard: string[][] = [];
    const stop = views.onChange((list) => heard.push(titles(list)));

    const { id } = views.register({ metricName: "a", chartType: "stat" });
    views.register({ metricName: "b", chartType: "stat" });
    views.delete(id);
    stop();
    views.register({ metricName: "c", chartType: "stat" });

    expect(heard).toEqual([["a"], ["a", "b"], ["b"]]);
    await views.close();
  });

  test("refuses more than a thousand, and takes changes of those it has", async () => {
    const views = openViews(switchableEngine("down"));
    for (let index = 0; index < 1_000; index++) {
      views.register({ metricName: `m${index}`, chartType: "stat" });
    }

    expect(() => views.register({ metricName: "more", chartType: "stat" })).toThrow(
      TooManyViewsError,
    );
    expect(views.register({ metricName: "m0", chartType: "stat", unit: "s" }).unit).toBe("s");
    await views.close();
  });
});
