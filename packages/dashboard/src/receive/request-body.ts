// request-body.ts — reads the body of a request into memory: bounded on the wire, in time, and after decompression,
// and accounted for from the first byte on.
//
// A body has ten seconds without questions; after that every five seconds must bring five kilobytes, so that nobody
// holds memory with a byte a second. After a minute it is over.

import type { Readable } from "node:stream";
import { PayloadTooLargeError, SenderGoneError, UnavailableError } from "./errors.ts";
import { concatenate } from "./inflate.ts";

export interface BodyClock {
  readonly graceMs: number;
  readonly intervalMs: number;
  /** What each interval after the grace must bring. */
  readonly intervalBytesMin: number;
  readonly totalMs: number;
}

export const BODY_CLOCK: BodyClock = {
  graceMs: 10_000,
  intervalMs: 5_000,
  intervalBytesMin: 5 * 1_024,
  totalMs: 60_000,
};
/** What is still to come of a refused body is read and thrown away, so that its sender hears the answer; not for ever. */
const DISCARDED_BYTES_MAX = 256 * 1_048_576;

export interface BodyOptions {
  readonly sizeBytesMax: number;
  /** Asked for memory before a part is kept; what it throws ends the reading. */
  readonly hold: (sizeBytes: number) => void;
  /** Sees every part as it comes, and returns what of it is kept; what it throws ends the reading. */
  readonly inspect?: (part: Uint8Array) => Uint8Array;
  readonly clock?: BodyClock;
}

/** A body came so slowly that we stopped reading. */
export class SlowBodyError extends UnavailableError {
  override readonly name = "SlowBodyError";
}

/**
 * The body in a buffer of its own, because the batch that is made of it will be transferred.
 * @throws {PayloadTooLargeError} {SlowBodyError} {SenderGoneError}
 */
export function readBody(stream: Readable, options: BodyOptions): Promise<Uint8Array> {
  const { sizeBytesMax, hold, inspect, clock = BODY_CLOCK } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  let keptBytes = 0;
  const timer = watchPace(clock, () => sizeBytes, end);

  function end(error?: Error): void {
    timer.stop();
    stream.off("data", onData).off("end", onEnd).off("close", onClose);
    if (error === undefined) resolve(concatenate(chunks, keptBytes));
    else reject(error);
  }
  function onData(part: Uint8Array): void {
    try {
      sizeBytes += part.length;
      if (sizeBytes > sizeBytesMax) throw tooLarge(sizeBytesMax);
      hold(part.length);
      const kept = inspect?.(part) ?? part;
      keptBytes += kept.length;
      chunks.push(kept);
    } catch (error) {
      end(error as Error);
    }
  }
  function onEnd(): void {
    end();
  }
  function onClose(): void {
    end(new SenderGoneError("Cannot read request: its sender went away"));
  }
  stream.on("data", onData).on("end", onEnd).on("close", onClose);
  return promise;
}

/** Calls back when a body comes too slowly. */
function watchPace(
  { graceMs, intervalMs, intervalBytesMin, totalMs }: BodyClock,
  sizeBytes: () => number,
  onSlow: (error: Error) => void,
): { stop: () => void } {
  let timer: NodeJS.Timeout;
  const look = (elapsedMs: number, sizeBefore: number) => {
    const size = sizeBytes();
    if (elapsedMs >= totalMs || size - sizeBefore < intervalBytesMin) {
      onSlow(new SlowBodyError("Cannot accept request: its body comes too slowly", 1));
      return;
    }
    timer = setTimeout(look, intervalMs, elapsedMs + intervalMs, size);
  };
  timer = setTimeout(look, graceMs, graceMs, -intervalBytesMin);
  return { stop: () => clearTimeout(timer) };
}

/** Lets the rest of a body that nobody wants pass by; `cut` is called when there is no end to it. */
export function discardRest(stream: Readable, cut: () => void): void {
  let sizeBytes = 0;
  stream.on("data", (part: Uint8Array) => {
    sizeBytes += part.length;
    if (sizeBytes > DISCARDED_BYTES_MAX) cut();
  });
  stream.on("error", () => {}); // its sender went away; whoever answered has noticed
  stream.resume();
}

export function tooLarge(sizeBytesMax: number): PayloadTooLargeError {
  return new PayloadTooLargeError(`Cannot accept request: it is larger than ${sizeBytesMax} bytes`);
}
