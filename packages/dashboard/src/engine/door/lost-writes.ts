// lost-writes.ts — notices that ClickHouse could not write what it says it has written.
//
// In chdb 3.4 a write that the disk refuses (full, over a quota, broken) is no error: the statement goes on, and answers
// "stored" for a part with a hole in it. A merge does the same, and then removes the parts that it read. But each such
// write is counted, so the count is compared after every statement that writes, before it is answered, and
// with every pulse. When it has grown, nothing that this process says is worth anything: it must end. The next
// one finds the broken parts, puts them aside, and the store sends again what was not answered.

import { DoorError } from "./door-error.ts";
import type { Sessions } from "./sessions.ts";

const COUNT_SQL = `SELECT value FROM system.events WHERE event = 'WriteBufferFromFileDescriptorWriteFailed'`;

export class LostWrites {
  readonly #sessions: Sessions;
  readonly #onLost: () => void;
  #known = 0;

  constructor(sessions: Sessions, onLost: () => void) {
    this.#sessions = sessions;
    this.#onLost = onLost;
  }

  /** What failed until now is no news: while it opened, ClickHouse wrote nothing of ours. */
  async forget(): Promise<void> {
    this.#known = await this.#count();
  }

  /** @throws {DoorError} 75 when a write failed since the last time. */
  async check(): Promise<void> {
    const count = await this.#count();
    if (count === this.#known) return;
    this.#known = count;
    this.#onLost();
    throw new DoorError(
      75,
      "CANNOT_WRITE_TO_FILE_DESCRIPTOR",
      "Cannot say that all was written: the disk refused a write; it may be full",
    );
  }

  async #count(): Promise<number> {
    const answer = await this.#sessions.control(COUNT_SQL);
    return Number(Buffer.from(answer.bytes()).toString("latin1")); // no row, no failure
  }
}
