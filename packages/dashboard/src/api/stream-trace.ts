// stream-trace.ts — writes a trace as it is read: TraceDetail of contract.ts, piece by piece, so that a
// trace of 100 000 spans takes no more memory than a small one, and starts to arrive at once.

import type { StoredTrace } from "../query/query.ts";

/** Pieces of about this many characters: few system calls, little waiting. */
const PIECE_LENGTH = 64 * 1024;

/** The answer's body. Waits for its first piece, so that what fails early fails as an error, not as half an answer. */
export async function streamTrace(
  traceId: string,
  trace: StoredTrace,
): Promise<ReadableStream<Uint8Array>> {
  const pieces = writePieces(traceId, trace);
  let next = await pieces.next();
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        if (next.done === true) return controller.close();
        controller.enqueue(encoder.encode(next.value));
        next = await pieces.next();
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function* writePieces(
  traceId: string,
  trace: StoredTrace,
): AsyncGenerator<string, undefined> {
  let piece = `{"traceId":${JSON.stringify(traceId)}`;
  for (const name of ["spans", "logs", "exemplars"] as const) {
    piece += `,"${name}":[`;
    let isFirst = true;
    for await (const value of trace[name]) {
      piece += isFirst ? JSON.stringify(value) : `,${JSON.stringify(value)}`;
      isFirst = false;
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = "";
    }
    piece += "]";
  }
  yield `${piece}}`;
  return undefined;
}
