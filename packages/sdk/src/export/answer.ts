// answer.ts — what a receiver's answer means for the bytes that were sent, over whichever protocol it came.

export type Answer =
  /** Arrived. What the receiver rejected of it must not be sent again. */
  | { readonly kind: "delivered"; readonly rejectedCount: number; readonly message: string }
  /** Not now, but later, with the same bytes. */
  | {
      readonly kind: "later";
      readonly reason: string;
      /** Not before that; undefined where the receiver did not say. */
      readonly retryAfterMs: number | undefined;
      /** False where nobody was there. */
      readonly isAnswered: boolean;
    }
  /** Never in one piece; half of the records may pass. */
  | { readonly kind: "tooLarge"; readonly reason: string }
  /** Never: the bytes are wrong or not allowed, sending them again is no use. */
  | { readonly kind: "never"; readonly reason: string };

/** Characters of a receiver's message that are passed on. */
export const MESSAGE_LENGTH_MAX = 300;

/** The answer to a request that is not even sent. */
export function tooLarge(sizeBytes: number, sizeBytesMax: number): Answer {
  const reason = `it has ${sizeBytes} bytes, more than the ${sizeBytesMax} that are allowed`;
  return { kind: "tooLarge", reason };
}
