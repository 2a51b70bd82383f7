// outage-banner.tsx — why questions have no answer right now, and what goes on meanwhile.

import type { JSX } from "preact";
import { Icon } from "../parts/parts.tsx";
import { outage } from "../state/session.ts";

const TEXTS = {
  engine_starting:
    "The engine is starting. What arrives is kept and shown live; questions about the past are answered in a moment.",
  unreachable:
    "The dashboard does not answer. Is it still running? This page tries again by itself.",
} as const;

export function OutageBanner(): JSX.Element | null {
  if (outage.value === undefined) return null;
  return (
    <div class={`banner is-${outage.value}`} role="status">
      <Icon name={outage.value === "unreachable" ? "warning" : "clock"} />
      <span>{TEXTS[outage.value]}</span>
    </div>
  );
}
