// testing.ts — `@telemetry/sdk/testing`: everything of the real SDK except the network.
//
// Spans, logs and metrics are recorded, limited, redacted and encoded as in production; a collector takes the
// place of the receiver and decodes the bytes, so a test sees what would arrive.

import { context, metrics, propagation, trace } from "@opentelemetry/api";
import * as api from "@opentelemetry/api";
import type { TelemetryOptions } from "../options/options.ts";
import { startTelemetry } from "../start.ts";
import { shared } from "../state/state.ts";
import type { Telemetry } from "../wiring.ts";
import { Collector, signalOfPath } from "./collector.ts";
import { countingIds, steppingClock } from "./deterministic.ts";
import type { ReceivedLog, ReceivedPoint, ReceivedSpan } from "./received.ts";

export { Collector } from "./collector.ts";
export { countingIds, steppingClock } from "./deterministic.ts";
export type {
  ReceivedEvent,
  ReceivedLink,
  ReceivedLog,
  ReceivedPoint,
  ReceivedScope,
  ReceivedSpan,
} from "./received.ts";
export { openTestReceiver } from "./receiver.ts";
export type { TestAnswer, TestReceiver, TestReceiverOptions, TestRequest } from "./receiver.ts";

export interface TestTelemetryOptions extends TelemetryOptions {
  /** Ids count up and the clock steps by 1 ms from 2026-01-01, the same in every run. */
  deterministic?: boolean;
}

export interface TestTelemetry {
  readonly telemetry: Telemetry;
  readonly collector: Collector;
  /** Everything recorded so far, after a flush. */
  spans(): Promise<ReceivedSpan[]>;
  logs(): Promise<ReceivedLog[]>;
  points(): Promise<ReceivedPoint[]>;
  /** Ends the telemetry and takes it out of the api. */
  stop(): Promise<void>;
}

const SHUTDOWN_TIMEOUT_MS = 1_000;
const LEGACY_LOGS_KEY = Symbol.for("io.opentelemetry.js.api.logs");
const API_KEY = Symbol.for("opentelemetry.js.api.1");

/**
 * Starts telemetry that keeps everything in memory. Throws when telemetry is running already.
 *
 * @example
 * import { withSpan } from "@telemetry/sdk";
 * import { startTestTelemetry } from "@telemetry/sdk/testing";
 *
 * const test = startTestTelemetry({ deterministic: true });
 * withSpan("work", () => {});
 * const [span] = await test.spans();
 * console.log(span?.name, span?.spanId); // work 0000000000000001
 * await test.stop();
 */
export function startTestTelemetry(options: TestTelemetryOptions = {}): TestTelemetry {
  if (shared.running !== undefined) {
    throw new TypeError(
      "Cannot start test telemetry: telemetry is running already; await resetTelemetry() first",
    );
  }
  const { deterministic = false, ...given } = options;
  const collector = new Collector();
  const telemetry = startTelemetry({
    ...(deterministic ? { idGenerator: countingIds(), clock: steppingClock() } : {}),
    logLevel: "silent",
    ...given,
    // The collector takes protobuf, whatever the environment says of the real receiver.
    protocol: "http/protobuf",
    compression: "none",
    transport: (request) => {
      const signal = signalOfPath(request.url);
      if (signal !== undefined) collector.collect(signal, Buffer.concat(request.body));
      return Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(0) });
    },
  });
  const flushed = async <T>(read: () => T): Promise<T> => {
    await telemetry.flush();
    return read();
  };
  return {
    telemetry,
    collector,
    spans: () => flushed(() => collector.spans),
    logs: () => flushed(() => collector.logs),
    points: () => flushed(() => collector.points),
    stop: resetTelemetry,
  };
}

/**
 * Ends what is running and empties the api's globals, whoever registered them: the next start begins as in a
 * fresh process. Tracers that were taken before record again after it.
 */
export async function resetTelemetry(): Promise<void> {
  await shared.running?.handle.shutdown(SHUTDOWN_TIMEOUT_MS);
  for (const part of [trace, context, propagation, metrics]) part.disable();
  (api as { logs?: { disable(): void } }).logs?.disable();
  const holder = globalThis as { [API_KEY]?: unknown; [LEGACY_LOGS_KEY]?: unknown };
  delete holder[API_KEY];
  delete holder[LEGACY_LOGS_KEY];
  shared.directContext = undefined;
  shared.rootContext = undefined;
}
