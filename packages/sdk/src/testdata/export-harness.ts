// export-harness.ts — spans of a few bytes, and queues that send them to real receivers, for tests of the export.

import { encodeResource, encodeScope, KeyTable } from "@telemetry/otlp/encode";
import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import { BatchQueue, Pace, Sender } from "../export/export.ts";
import type { BatchQueueOptions, Destination, ScopeBuffer } from "../export/export.ts";
import { Environment, resolveOptions } from "../options/options.ts";
import type { BatchLimits, TelemetryOptions } from "../options/options.ts";

const keys = new KeyTable();

export const ENCODED_RESOURCE = encodeResource(["service.name", "shop"], keys);

/** A sender whose waits are short enough for a test. */
export function openSender(options: TelemetryOptions, diagnostics: Diagnostics): Sender {
  const environment = new Environment({}, () => {});
  const { targets } = resolveOptions({ timeoutMs: 300, ...options }, environment);
  return new Sender({ targets, diagnostics, pace: new Pace(), backoffMs: { first: 5, max: 20 } });
}

/** Spans that leave when a batch is full or a test flushes, unless the limits say something else. */
export function openSpanQueue(
  destinations: readonly Destination[],
  diagnostics: Diagnostics,
  limits: Partial<BatchLimits> = {},
  options: Partial<BatchQueueOptions> = {},
): BatchQueue {
  return new BatchQueue({
    signal: "traces",
    noun: "spans",
    encodedResource: ENCODED_RESOURCE,
    limits: { delayMs: 10_000, size: 512, queueSize: 2_048, exportTimeoutMs: 30_000, ...limits },
    defaultDelayMs: 5_000,
    destinations,
    diagnostics,
    ...options,
  });
}

export function openScope(queue: BatchQueue, name = "scope"): ScopeBuffer {
  return queue.openScope(encodeScope({ name }, keys));
}

/** A span with ids and a name, the least that a decoder accepts, and `sizeBytes` more. */
export function addSpan(scope: ScopeBuffer, name: string, sizeBytes = 0): boolean {
  if (!scope.begin()) return false;
  const { writer } = scope;
  const mark = writer.beginMessage(2);
  writer.traceId(1, 1, 2, 3, 4);
  writer.spanId(2, 5, 6);
  writer.string(5, name + "x".repeat(sizeBytes));
  writer.endMessage(mark);
  scope.commit();
  return true;
}
