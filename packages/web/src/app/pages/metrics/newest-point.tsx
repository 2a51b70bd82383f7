// newest-point.tsx — the value of a metric as it arrives, before the store has it.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatValue } from "../../../core/format/format.ts";
import { useLive } from "../../state/live.ts";

export function NewestPoint({ name, unit }: { name: string; unit: string }): JSX.Element | null {
  const [value, setValue] = useState<number | undefined>(undefined);
  useLive("metrics", (frame) => {
    const point = frame.metrics.find((one) => one.name === name)?.series.at(-1)?.point;
    if (point !== undefined) setValue(point[1]);
  });
  if (value === undefined) return null;
  return (
    <span class="newest number" title="The newest point of any series, live">
      <span class="live-dot" aria-hidden="true" /> {formatValue(value, unit)}
    </span>
  );
}
