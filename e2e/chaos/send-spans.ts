// send-spans.ts — the part that is the same in every sender: so many spans a second until the parent says "stop",
// then flush, then say how many there were.

const ROUND_MS = 25;

export interface Sender {
  makeSpan(round: number, index: number): void;
  flush(): Promise<void>;
}

/** SPANS_PER_SECOND comes by environment; a process that falls behind makes up for it. */
export function sendSpans(sender: Sender): void {
  const perSecond = Number(process.env["SPANS_PER_SECOND"]);
  const startedAtMs = performance.now();
  let count = 0;
  let round = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAtMs) / 1_000) * perSecond);
    round++;
    for (; count < due; count++) sender.makeSpan(round, count % 20);
  }, ROUND_MS);
  process.once("message", () => {
    clearInterval(timer);
    void sender
      .flush()
      .catch(() => {}) // what could not be sent was not acknowledged either
      .finally(() => process.send?.({ count }, () => process.exit(0)));
  });
}
