// dropped.tsx — what the sender left out is said beside what it sent.

import type { JSX } from "preact";

export function Dropped({
  count,
  what,
}: {
  count: number | undefined;
  what: string;
}): JSX.Element | null {
  if (count === undefined || count === 0) return null;
  return (
    <p class="hint">
      {count} {what} were dropped by the sender.
    </p>
  );
}
