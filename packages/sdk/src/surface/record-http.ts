// record-http.ts — what the semantic conventions want on a span of an HTTP request, in one call.
// https://opentelemetry.io/docs/specs/semconv/http/http-spans/

import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { Attributes, Span } from "@opentelemetry/api";
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_REQUEST_METHOD_ORIGINAL,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_URL_FULL,
  ATTR_URL_PATH,
  ATTR_URL_QUERY,
  ATTR_URL_SCHEME,
} from "@opentelemetry/semantic-conventions";
import { RecordingSpan } from "../trace/trace.ts";

export interface HttpFacts {
  readonly method?: string;
  /** The pattern, such as "/orders/:id"; of a server only. */
  readonly route?: string;
  readonly statusCode?: number;
  /** Absolute. User, password and the values of signed queries are not recorded. */
  readonly url?: string | { readonly href: string };
  /** Default: the span's kind. */
  readonly kind?: SpanKind;
}

const METHODS = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "QUERY",
  "TRACE",
]);
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };
const SIGNED_QUERY_KEYS = ["AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature"];

/**
 * Sets the attributes and the status of an HTTP span: a server's span fails at 5xx, a client's at 4xx and 5xx; then
 * `error.type` is the status code, unless an exception was recorded before.
 *
 * @example
 * import { SpanKind } from "@opentelemetry/api";
 * import { recordHttp, withSpan } from "@telemetry/sdk";
 *
 * withSpan("GET /orders/:id", { kind: SpanKind.SERVER }, (span) => {
 *   recordHttp(span, { method: "GET", route: "/orders/:id", statusCode: 200 });
 * });
 */
export function recordHttp(span: Span, facts: HttpFacts): void {
  const kind = facts.kind ?? (span instanceof RecordingSpan ? span.kind : SpanKind.INTERNAL);
  const { statusCode } = facts;
  span.setAttributes({
    ...methodAttributes(facts.method),
    ...urlAttributes(facts.url, kind),
    ...(facts.route === undefined ? {} : { [ATTR_HTTP_ROUTE]: facts.route }),
    ...(statusCode === undefined ? {} : { [ATTR_HTTP_RESPONSE_STATUS_CODE]: statusCode }),
  });
  if (statusCode === undefined || statusCode < (kind === SpanKind.SERVER ? 500 : 400)) return;
  const hasException = span instanceof RecordingSpan && span.recordedError !== undefined;
  if (hasException) return;
  span.setAttribute(ATTR_ERROR_TYPE, String(statusCode));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** An unknown method would be a new series of every metric made from spans. */
function methodAttributes(method: string | undefined): Attributes {
  if (method === undefined) return {};
  const upper = method.toUpperCase();
  if (!METHODS.has(upper)) {
    return { [ATTR_HTTP_REQUEST_METHOD]: "_OTHER", [ATTR_HTTP_REQUEST_METHOD_ORIGINAL]: method };
  }
  return upper === method
    ? { [ATTR_HTTP_REQUEST_METHOD]: method }
    : { [ATTR_HTTP_REQUEST_METHOD]: upper, [ATTR_HTTP_REQUEST_METHOD_ORIGINAL]: method };
}

function urlAttributes(input: HttpFacts["url"], kind: SpanKind): Attributes {
  const text = typeof input === "object" ? input.href : input;
  if (text === undefined || !URL.canParse(text)) return {};
  const url = new URL(text);
  url.username = "";
  url.password = "";
  for (const key of SIGNED_QUERY_KEYS) {
    if (url.searchParams.has(key)) url.searchParams.set(key, "REDACTED");
  }
  const scheme = url.protocol.slice(0, -1);
  const port = url.port === "" ? DEFAULT_PORTS[scheme] : Number(url.port);
  return {
    [ATTR_SERVER_ADDRESS]: url.hostname,
    ...(port === undefined ? {} : { [ATTR_SERVER_PORT]: port }),
    [ATTR_URL_SCHEME]: scheme,
    ...(kind === SpanKind.CLIENT
      ? { [ATTR_URL_FULL]: url.href }
      : {
          [ATTR_URL_PATH]: url.pathname,
          ...(url.search === "" ? {} : { [ATTR_URL_QUERY]: url.search.slice(1) }),
        }),
  };
}
