// blocks.ts — the rows of an answer as they come, until nobody wants them.
//
// The client's own abort signal ends with the head of the answer: what is still to come would be read to
// its end, and computed to its end. Closing the answer is what the engine notices.

import type { BaseResultSet, Row } from "@clickhouse/client";
import type { Readable } from "node:stream";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";

type Answer = BaseResultSet<Readable, "JSONEachRow" | "JSONCompactEachRowWithNamesAndTypes">;

/** Text after which the event loop has a turn: a millisecond or two to parse, in which no sender is answered. */
const TURN_LENGTH_MAX = 32_768;

/** Throws the signal's reason when it is aborted. Closes the answer when the loop is left early. */
export async function* readBlocks(answer: Answer, signal: AbortSignal): AsyncGenerator<Row[]> {
  const close = () => answer.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    let length = 0;
    for await (const block of answer.stream()) {
      let start = 0;
      for (const [index, row] of block.entries()) {
        length += row.text.length;
        if (length < TURN_LENGTH_MAX) continue;
        yield block.slice(start, index + 1);
        start = index + 1;
        length = 0;
        await turnOfTheLoop();
      }
      if (start < block.length) yield block.slice(start);
    }
    signal.throwIfAborted();
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}
