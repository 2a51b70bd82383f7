// blocks.ts — the rows of an answer as they come, until nobody wants them.
//
// The client's own abort signal ends with the head of the answer: what is still to come would be read to
// its end, and computed to its end. Closing the answer is what the engine notices.

import type { BaseResultSet, Row } from "@clickhouse/client";
import type { Readable } from "node:stream";

type Answer = BaseResultSet<Readable, "JSONEachRow" | "JSONCompactEachRowWithNamesAndTypes">;

/** Throws the signal's reason when it is aborted. Closes the answer when the loop is left early. */
export async function* readBlocks(answer: Answer, signal: AbortSignal): AsyncGenerator<Row[]> {
  const close = () => answer.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    for await (const block of answer.stream()) yield block;
    signal.throwIfAborted();
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}
