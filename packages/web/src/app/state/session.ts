// session.ts — whether the dashboard lets us in and whether its engine is up.

import { signal } from "@preact/signals";
import { ApiError, createApi } from "../../core/api/api.ts";

export const api = createApi((input, init) => fetch(input, init));

/** The API answered 401: the page asks for the token. */
export const needsToken = signal(false);

/** What stands in a banner above the page. */
export type Outage = "engine_starting" | "unreachable";
export const outage = signal<Outage | undefined>(undefined);

/** Goes up after a sign-in or a display push: every question is asked again. */
export const askAgain = signal(0);

/** Every failed question comes through here, so that one place decides what the whole page shows. */
export function noteFailure(error: unknown): void {
  if (!(error instanceof ApiError)) return;
  if (error.status === 401) needsToken.value = true;
  else if (isOutage(error)) outage.value = error.status === 0 ? "unreachable" : "engine_starting";
}

/** Nothing is wrong with the question: the dashboard or its engine is away. */
export function isOutage(error: ApiError): boolean {
  return error.status === 0 || (error.status === 503 && error.code === "unavailable");
}

export function noteSuccess(): void {
  outage.value = undefined;
}

/** Exchanges a token for the session cookie. Throws ApiError with 401 when it is wrong. */
export async function signIn(token: string): Promise<void> {
  await api.signIn(token);
  needsToken.value = false;
  askAgain.value++;
}

/** A link given once, `/#token=…`: the token leaves the address at once, so that it is not copied or kept in history. */
export async function signInFromAddress(): Promise<void> {
  const token = /^#token=(.+)$/.exec(window.location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(null, "", window.location.pathname + window.location.search);
  try {
    await signIn(decodeURIComponent(token));
  } catch (error) {
    noteFailure(error);
  }
}
