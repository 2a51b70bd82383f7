// services.ts — the services of the shared range, and their colours on the pages of lists.

import { signal } from "@preact/signals";
import { ServiceColors } from "../../core/color/color.ts";

/** By name, so that the same services look the same to everybody; new ones take the next colours. */
const colors = new ServiceColors();

export const serviceNames = signal<readonly string[]>([]);

/** Takes the names that an answer or a frame brought. */
export function noteServices(names: Iterable<string>): void {
  const known = new Set(serviceNames.peek());
  const fresh = [...new Set(names)].filter((name) => !known.has(name)).sort();
  if (fresh.length === 0) return;
  for (const name of fresh) colors.placeOf(name);
  serviceNames.value = [...serviceNames.peek(), ...fresh].sort();
}

export function serviceColor(name: string): number {
  return colors.placeOf(name);
}
