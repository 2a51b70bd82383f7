// subscription-error.ts — why a page did not get its stream.

/** `unknown_topic`: the question is wrong. `too_many`: the limit of something is reached, later it may work. */
export class SubscriptionError extends Error {
  override readonly name = "SubscriptionError";
  readonly reason: "unknown_topic" | "too_many";

  constructor(reason: "unknown_topic" | "too_many", message: string) {
    super(message);
    this.reason = reason;
  }
}
