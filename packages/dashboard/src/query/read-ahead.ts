// read-ahead.ts — starts to read an answer now, for whoever takes its rows later.

/** Can be read once. */
export interface ReadAhead<Value> extends AsyncIterable<Value> {
  /** Whether there is no row at all. Rejects with what reading fails with. */
  isEmpty(): Promise<boolean>;
}

/** `onLeft` is called when reading ends before the last row: it failed, or nobody wants the rest. */
export function readAhead<Row, Value>(
  blocks: AsyncGenerator<Row[]>,
  read: (row: Row) => Value,
  onLeft: () => void,
): ReadAhead<Value> {
  const first = blocks.next();
  first.catch(() => undefined); // who reads is told
  return {
    isEmpty: async () => (await first).done === true,
    async *[Symbol.asyncIterator]() {
      let isWhole = false;
      try {
        for (let block = await first; block.done !== true; block = await blocks.next()) {
          for (const row of block.value) yield read(row);
        }
        isWhole = true;
      } finally {
        if (!isWhole) onLeft();
      }
    },
  };
}
