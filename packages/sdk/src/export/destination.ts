// destination.ts — a receiver with a name and the way to it: connections, pace and outages of its own, so that
// nothing that happens to one destination is felt by another.

import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import { MAIN_DESTINATION, originOf, SIGNALS, withoutCredentials } from "../options/options.ts";
import type {
  ExportProtocol,
  ExportTarget,
  ResolvedOptions,
  SignalName,
} from "../options/options.ts";
import { Pace } from "./pace.ts";
import { Sender } from "./sender.ts";
import type { Spool } from "./spool/spool.ts";

export interface Destination {
  /** In `status()`, in sentences, and of its folder in a spool. */
  readonly name: string;
  readonly sender: Sender;
  /** Where its requests are until they are delivered; undefined keeps them in memory. */
  readonly spool?: Spool | undefined;
}

/** The main destination first, then those of the option `destinations`. */
export function openDestinations(
  options: ResolvedOptions,
  diagnostics: Diagnostics,
  spool?: Spool,
): readonly [Destination, ...Destination[]] {
  const { transport } = options.given;
  const open = ({ name, targets }: { name: string } & Pick<ResolvedOptions, "targets">) => ({
    name,
    sender: new Sender({ targets, diagnostics, pace: new Pace(), transport }),
    spool,
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

/** The addresses that a destination's signals are sent to now, without user and password. */
export function endpointsOf(destination: Destination): Partial<Record<SignalName, string>> {
  return ofTargets(destination, ({ url }) => withoutCredentials(url));
}

/** The protocols by which they are sent now. */
export function protocolsOf(destination: Destination): Partial<Record<SignalName, ExportProtocol>> {
  return ofTargets(destination, ({ protocol }) => protocol);
}

function ofTargets<T>(
  { sender }: Destination,
  valueOf: (target: ExportTarget) => T,
): Partial<Record<SignalName, T>> {
  const values: Partial<Record<SignalName, T>> = {};
  for (const signal of SIGNALS) {
    const target = sender.targets[signal];
    if (target.enabled) values[signal] = valueOf(target);
  }
  return values;
}

/** What a person knows it by: a name that was chosen, or the address of the main one. */
export function labelOf({ name, sender }: Destination, signal: SignalName): string {
  return name === MAIN_DESTINATION ? originOf(sender.targets[signal].url) : name;
}
