// labels.ts — what a series is called in a legend.

import type { Attributes } from "@telemetry/dashboard/contract";
import { attributeText } from "../format/format.ts";

/** The values of what the series are grouped by; with several keys also the keys; `all` for the only series. */
export function seriesLabel(attributes: Attributes): string {
  const entries = Object.entries(attributes);
  if (entries.length === 0) return "all";
  if (entries.length === 1) return valueText(entries[0]![1]);
  return entries.map(([key, value]) => `${key}=${valueText(value)}`).join(" · ");
}

function valueText(value: Attributes[string]): string {
  const text = attributeText(value);
  return text === "" || text === "null" ? "(none)" : text;
}
