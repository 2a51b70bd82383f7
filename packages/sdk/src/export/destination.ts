// destination.ts — a receiver with a name and the way to it: connections, pace and outages of its own, so that
// nothing that happens to one destination is felt by another.

import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import { MAIN_DESTINATION, SIGNALS } from "../options/options.ts";
import type { ResolvedOptions, SignalName } from "../options/options.ts";
import { Pace } from "./pace.ts";
import { Sender } from "./sender.ts";

export interface Destination {
  /** In `status()`, in sentences, and of its folder in a spool. */
  readonly name: string;
  readonly sender: Sender;
}

/** The main destination first, then those of the option `destinations`. */
export function openDestinations(
  options: ResolvedOptions,
  diagnostics: Diagnostics,
): readonly [Destination, ...Destination[]] {
  const { transport } = options.given;
  const open = ({ name, targets }: { name: string } & Pick<ResolvedOptions, "targets">) => ({
    name,
    sender: new Sender({ targets, diagnostics, pace: new Pace(), transport }),
  });
  return [
    open({ name: MAIN_DESTINATION, targets: options.targets }),
    ...options.destinations.map(open),
  ];
}

/** The destinations that want this signal. */
export function destinationsOf(
  signal: SignalName,
  destinations: readonly Destination[],
): readonly Destination[] {
  return destinations.filter(({ sender }) => sender.targets[signal].enabled);
}

/** The addresses that a destination's signals are sent to. */
export function endpointsOf({ sender }: Destination): Partial<Record<SignalName, string>> {
  const endpoints: Partial<Record<SignalName, string>> = {};
  for (const signal of SIGNALS) {
    const { enabled, url } = sender.targets[signal];
    if (enabled) endpoints[signal] = url;
  }
  return endpoints;
}

/** What a person knows it by: a name that was chosen, or the address of the main one. */
export function labelOf({ name, sender }: Destination, signal: SignalName): string {
  return name === MAIN_DESTINATION ? new URL(sender.targets[signal].url).origin : name;
}
