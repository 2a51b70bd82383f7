// missing-panel.tsx — a parent that never arrived: what is known of it.

import type { JSX } from "preact";
import type { TraceModel } from "../../../core/trace/trace.ts";
import { CopyButton } from "../../parts/parts.tsx";

export function MissingPanel({ model, row }: { model: TraceModel; row: number }): JSX.Element {
  const id = model.ids[row]!;
  const count = model.childCount[row]!;
  return (
    <div class="panel-body">
      <p>
        {count === 1 ? "One span names" : `${count} spans name`} this one as the parent, but it is
        not here. It may still be open in a program that does not send open spans, was not sampled,
        or was lost on its way.
      </p>
      <p class="mono">
        {id} <CopyButton text={id} label="Copy the span id" />
      </p>
    </div>
  );
}
