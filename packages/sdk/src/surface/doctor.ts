// doctor.ts — answers "why do I see nothing?": what is configured, whether the receiver answers, which copies of
// the api are here, and what is not recorded.

import type { Destination } from "../export/export.ts";
import { SIGNALS, withoutCredentials } from "../options/options.ts";
import type { ExportProtocol, SignalName } from "../options/options.ts";
import { shared } from "../state/state.ts";
import { SDK_VERSION } from "../version.ts";
import type { TelemetryStatus } from "../wiring.ts";

/** Where one signal goes to one destination, and what an empty export request was answered there. */
export interface ReceiverReport {
  /** "main", or as in the option `destinations`. */
  readonly name: string;
  readonly signal: SignalName;
  readonly url: string;
  readonly protocol: ExportProtocol;
  readonly answer: string;
  /** Whether it is a telemetry dashboard. */
  readonly isLive: boolean;
}

export interface DoctorReport {
  /** "not started" where `startTelemetry` was not called. */
  readonly state: TelemetryStatus["state"] | "not started";
  readonly versions: { readonly sdk: string; readonly node: string };
  /** One for each signal that a destination gets, those of the main one first. */
  readonly receivers: readonly ReceiverReport[];
  /** Copies of `@opentelemetry/api` in this process, ours first. */
  readonly apiCopies: readonly { readonly path: string; readonly version: string }[];
  /** Parts of the api that somebody else registered first. */
  readonly notOurs: readonly string[];
  readonly status: TelemetryStatus | undefined;
  /** The last sentences of the SDK about itself. */
  readonly said: readonly string[];
  /** All of it, to read. */
  readonly text: string;
}

const PROBE_TIMEOUT_MS = 3_000;

/**
 * Examines the SDK in this process and sends one empty request to each receiver. Print `text`.
 *
 * @example
 * import { doctor } from "@telemetry/sdk";
 *
 * console.log((await doctor()).text);
 */
export async function doctor(): Promise<DoctorReport> {
  const versions = { sdk: SDK_VERSION, node: process.versions.node };
  const { running } = shared;
  if (running === undefined) {
    return withText({
      state: "not started",
      versions,
      receivers: [],
      apiCopies: [],
      notOurs: [],
      status: undefined,
      said: [],
    });
  }
  const { wiring, handle, registration } = running;
  const { destinations, diagnostics } = wiring;
  const receivers = (await Promise.all(destinations.map(probe))).flat();
  const status = handle.status();
  return withText({
    state: status.state,
    versions,
    receivers,
    apiCopies: registration.copies.map(({ path, version }) => ({ path, version })),
    notOurs: registration.taken,
    status,
    said: diagnostics.recent().map(({ sentence }) => sentence),
  });
}

function probe({ name, sender }: Destination): Promise<ReceiverReport[]> {
  const signals = SIGNALS.filter((signal) => sender.targets[signal].enabled);
  return Promise.all(
    signals.map(async (signal) => {
      const result = await sender.send(signal, [], 0, { timeoutMs: PROBE_TIMEOUT_MS });
      // Looked at afterwards: the first request may have changed it.
      const { url, protocol } = sender.targets[signal];
      return {
        name,
        signal,
        url: withoutCredentials(url),
        protocol,
        answer: result.outcome === "delivered" ? "accepts telemetry" : result.reason,
        isLive: sender.pace.isLive,
      };
    }),
  );
}

function withText(report: Omit<DoctorReport, "text">): DoctorReport {
  const { state, versions, receivers, apiCopies, notOurs, status, said } = report;
  const lines = [`telemetry ${versions.sdk} on Node ${versions.node}: ${state}`];
  for (const { signal, url, protocol, isLive, answer } of receivers) {
    const kind = isLive ? "a telemetry dashboard" : "a receiver";
    lines.push(`sends ${signal} to ${url} by ${protocol}, ${kind}: ${answer}`);
  }
  for (const [signal, counts] of Object.entries(status?.signals ?? {})) {
    lines.push(`${signal}: ${listOf(counts)}`);
  }
  for (const { name, signals } of status?.destinations ?? []) {
    for (const [signal, counts] of Object.entries(signals)) {
      lines.push(`${signal} to ${name}: ${listOf(counts)}`);
    }
  }
  if (status !== undefined) lines.push(`counters: ${listOf(status.counters) || "nothing lost"}`);
  for (const { version, path } of apiCopies) lines.push(`@opentelemetry/api ${version} at ${path}`);
  for (const name of notOurs) lines.push(`registered by other code and not recorded: ${name}`);
  for (const sentence of said) lines.push(`said: ${sentence}`);
  return { ...report, text: lines.join("\n") };
}

function listOf(values: object): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
}
