// send-records.ts — the part that is the same in every sender: so many records a second until the parent says "stop",
// then flush, then say how many there were and what became of them.

const ROUND_MS = 25;

/** What a sender knows of its records of one signal. Of one that keeps no counts only `made` is known. */
export interface Counts {
  readonly made: number;
  /** Accepted, as the sender was told. */
  readonly delivered?: number;
  /** Given up or refused. */
  readonly lost?: number;
  readonly waiting?: number;
}

export interface Sender {
  makeSpan(number: number): void;
  /** Its text is `chaos <sender> <number>`. */
  makeLog(number: number): void;
  /** One measurement of one of twenty series. */
  measure(number: number): void;
  flush(): Promise<void>;
  /** After the flush. */
  counts?(made: { spans: number; logs: number }): { traces: Counts; logs: Counts };
}

/** RECORDS_PER_SECOND comes by environment: half of them spans, half logs. One that falls behind makes up for it. */
export function sendRecords(sender: Sender): void {
  const perSecond = Number(process.env["RECORDS_PER_SECOND"]);
  const startedAtMs = performance.now();
  let count = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAtMs) / 1_000) * (perSecond / 2));
    for (; count < due; count++) {
      sender.makeSpan(count);
      sender.makeLog(count);
      sender.measure(count);
    }
  }, ROUND_MS);
  process.once("message", () => {
    clearInterval(timer);
    void sender
      .flush()
      .catch(() => {}) // what could not be sent was not acknowledged either
      .then(() => sender.counts?.({ spans: count, logs: count }))
      .then((counts) =>
        process.send?.(counts ?? { traces: { made: count }, logs: { made: count } }, () =>
          process.exit(0),
        ),
      );
  });
}
