// soak-part.ts — what a part of `npm run soak` is.

export interface SoakOptions {
  /** How long the part may take, about. */
  readonly minutes: number;
  readonly seed: number;
  /** Spans through the SDK. */
  readonly spans: number;
  /** Spoilt requests to the dashboard. */
  readonly requests: number;
}

/** Prints what it shows, and returns what must not be, as sentences. */
export type SoakPart = (options: SoakOptions) => Promise<readonly string[]>;
