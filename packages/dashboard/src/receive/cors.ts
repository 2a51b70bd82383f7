// cors.ts — answers that let a page of another origin send OTLP and read how it went (https://fetch.spec.whatwg.org).
//
// Which origins may is for the access check to say; the headers here only repeat its decision to the browser. What a
// page sends beside its telemetry grants nothing, so any header may be asked for. Credentials are allowed because
// `navigator.sendBeacon` always asks for them; our cookie is SameSite=Strict and stays out of it.

import type { IncomingMessage, ServerResponse } from "node:http";
import { PACE_HEADER } from "./pace.ts";

const USUAL_HEADERS = "authorization, content-encoding, content-type";
const EXPOSED_HEADERS = `${PACE_HEADER[0]}, retry-after`;
/** Browsers keep a preflight for two hours at most. */
const MAX_AGE_SECONDS = "7200";

/** For a page that may read the answer. */
export function allowOrigin({ headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader("vary", "origin");
  if (headers.origin === undefined) return;
  response.setHeader("access-control-allow-origin", headers.origin);
  response.setHeader("access-control-allow-credentials", "true");
  response.setHeader("access-control-expose-headers", EXPOSED_HEADERS);
}

/** Answers the question that a browser asks before it sends, for a page that may. */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  const { headers } = request;
  const asked = headers["access-control-request-headers"];
  response.setHeader("vary", "origin, access-control-request-headers");
  response.setHeader("access-control-allow-methods", "POST");
  response.setHeader("access-control-allow-headers", asked ?? USUAL_HEADERS);
  response.setHeader("access-control-max-age", MAX_AGE_SECONDS);
  if (headers["access-control-request-private-network"] === "true") {
    response.setHeader("access-control-allow-private-network", "true"); // a public page, our loopback
  }
  response.writeHead(204).end();
}
