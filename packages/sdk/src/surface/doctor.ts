// doctor.ts — answers "why do I see nothing?": what is configured, whether the receiver answers, which copies of
// the api are here, and what is not recorded.

import { shared } from "../state/state.ts";
import { SDK_VERSION } from "../version.ts";
import type { TelemetryStatus } from "../wiring.ts";

export interface DoctorReport {
  /** "not started" where `startTelemetry` was not called. */
  readonly state: TelemetryStatus["state"] | "not started";
  readonly versions: { readonly sdk: string; readonly node: string };
  /** What an empty export request was answered; undefined where nothing runs. */
  readonly receiver:
    | { readonly url: string; readonly answer: string; readonly isLive: boolean }
    | undefined;
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
 * Examines the SDK in this process and sends one empty request to the receiver. Print `text`.
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
      receiver: undefined,
      apiCopies: [],
      notOurs: [],
      status: undefined,
      said: [],
    });
  }
  const { wiring, handle, registration } = running;
  const { sender, pace, diagnostics } = wiring;
  const result = await sender.send("traces", [], 0, { timeoutMs: PROBE_TIMEOUT_MS });
  const status = handle.status();
  return withText({
    state: status.state,
    versions,
    receiver: {
      url: sender.targets.traces.url,
      answer: result.outcome === "delivered" ? "accepts telemetry" : result.reason,
      isLive: pace.isLive,
    },
    apiCopies: registration.copies.map(({ path, version }) => ({ path, version })),
    notOurs: registration.taken,
    status,
    said: diagnostics.recent().map(({ sentence }) => sentence),
  });
}

function withText(report: Omit<DoctorReport, "text">): DoctorReport {
  const { state, versions, receiver, apiCopies, notOurs, status, said } = report;
  const lines = [`telemetry ${versions.sdk} on Node ${versions.node}: ${state}`];
  if (receiver !== undefined) {
    const kind = receiver.isLive ? "a telemetry dashboard" : "a receiver";
    lines.push(`sends to ${receiver.url}, ${kind}: ${receiver.answer}`);
  }
  for (const [signal, counts] of Object.entries(status?.signals ?? {})) {
    lines.push(`${signal}: ${listOf(counts)}`);
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
