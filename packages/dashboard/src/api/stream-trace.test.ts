import { describe, expect, test, vi } from "vitest";
import type { StoredTrace } from "../query/query.ts";
import { streamTrace } from "./stream-trace.ts";

const LARGE = "x".repeat(1_000);

async function* values(count: number, onEnd: () => void = () => undefined): AsyncGenerator<never> {
  try {
    for (let index = 0; index < count; index++) yield { index, text: LARGE } as never;
  } finally {
    onEnd();
  }
}

const traceOf = (spans: AsyncIterable<never>, logs = values(0)): StoredTrace => ({
  spans,
  logs,
  exemplars: values(0),
});

describe("streamTrace", () => {
  test("is one JSON document, whatever its size", async () => {
    const body = await streamTrace("ab", traceOf(values(500), values(2)));

    const trace = JSON.parse(await new Response(body).text()) as {
      spans: { index: number }[];
      logs: unknown[];
    };
    expect(trace.spans.map(({ index }) => index)).toEqual(
      Array.from({ length: 500 }, (_, index) => index),
    );
    expect(trace.logs).toHaveLength(2);
    expect(trace).toMatchObject({ traceId: "ab", exemplars: [] });
  });

  test("reads no further than its reader, and ends the query when that leaves", async () => {
    const onEnd = vi.fn();
    let readCount = 0;
    async function* counted() {
      for await (const value of values(10_000, onEnd)) {
        readCount++;
        yield value;
      }
    }
    const reader = (await streamTrace("ab", traceOf(counted()))).getReader();
    await reader.read();
    expect(readCount).toBeLessThan(1_000);

    await reader.cancel();

    expect(onEnd).toHaveBeenCalledOnce();
  });

  test("what fails before the first piece is an error and no answer", async () => {
    async function* failing(): AsyncGenerator<never> {
      yield* values(0);
      throw new Error("engine down");
    }

    await expect(streamTrace("ab", traceOf(failing()))).rejects.toThrow("engine down");
  });

  test("what fails later breaks the answer off, so that it is no JSON", async () => {
    async function* failing(): AsyncGenerator<never> {
      yield* values(300);
      throw new Error("engine down");
    }
    const body = await streamTrace("ab", traceOf(failing()));

    await expect(new Response(body).text()).rejects.toThrow("engine down");
  });
});
