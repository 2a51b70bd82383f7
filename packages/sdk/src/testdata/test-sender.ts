// test-sender.ts — a Sender as `startTelemetry` makes one, with short waits, and what it says.

import { ProtobufWriter } from "@telemetry/otlp/encode";
import { Diagnostics } from "../diagnostics/diagnostics.ts";
import { Pace, Sender } from "../export/export.ts";
import { Environment, resolveOptions } from "../options/options.ts";
import type { TelemetryOptions } from "../options/options.ts";

export interface TestSender {
  readonly sender: Sender;
  readonly diagnostics: Diagnostics;
  /** What was said on stderr. */
  readonly lines: string[];
}

export function openTestSender(
  options: TelemetryOptions,
  variables: Readonly<Record<string, string>> = {},
): TestSender {
  const lines: string[] = [];
  const diagnostics = new Diagnostics({ write: (line) => lines.push(line) });
  const environment = new Environment(variables, (sentence) => diagnostics.say("warn", sentence));
  const { targets, given } = resolveOptions(options, environment);
  const sender = new Sender({
    targets,
    diagnostics,
    pace: new Pace(),
    transport: given.transport,
    backoffMs: { first: 5, max: 20 },
  });
  return { sender, diagnostics, lines };
}

/** A request of one span with ids and a name, the least that a decoder accepts. */
export function spanRequest(name = "work", sizeBytes = 0): Uint8Array[] {
  const writer = new ProtobufWriter();
  const marks = [1, 2, 2].map((field) => writer.beginMessage(field));
  writer.traceId(1, 1, 2, 3, 4);
  writer.spanId(2, 5, 6);
  writer.string(5, name.padEnd(sizeBytes, "x"));
  for (const mark of marks.reverse()) writer.endMessage(mark);
  const bytes = writer.finish();
  // In two pieces, as from the queue.
  return [bytes.subarray(0, 7), bytes.subarray(7)];
}

/** `{ partial_success: { rejected: 3, error_message: "too old" } }` */
export function partialSuccess(): Uint8Array {
  const writer = new ProtobufWriter();
  const mark = writer.beginMessage(1);
  writer.uint(1, 3);
  writer.string(2, "too old");
  writer.endMessage(mark);
  return writer.finish();
}

/** A google.rpc.Status with a RetryInfo, after a detail of another kind. */
export function retryStatus(seconds: number, nanos = 0): Buffer {
  const writer = new ProtobufWriter();
  const detail = (url: string, value: () => void): void => {
    const any = writer.beginMessage(3);
    writer.string(1, url);
    const mark = writer.beginMessage(2);
    value();
    writer.endMessage(mark);
    writer.endMessage(any);
  };
  writer.uint(1, 14);
  writer.string(2, "busy");
  detail("type.googleapis.com/google.rpc.DebugInfo", () => writer.string(1, "x"));
  detail("type.googleapis.com/google.rpc.RetryInfo", () => {
    const delay = writer.beginMessage(1);
    writer.uint(1, seconds);
    writer.uint(2, nanos);
    writer.endMessage(delay);
  });
  return Buffer.from(writer.finish());
}
