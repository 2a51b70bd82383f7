// access.ts — who may ask. Every port asks here first, OTLP and page alike.
//
//   Host    Only names that DNS cannot point elsewhere: localhost, IP addresses, and the name that was
//           given as --host. A web page of another site that resolves to 127.0.0.1 (DNS rebinding)
//           still says its own name. With a token every request proves more than that, and any name
//           will do: a container or a proxy has one of its own.
//   Origin  Browsers say which page asks. It must be ours; for OTLP also a page on this machine, so that
//           an app in development can send, or of an origin that was named with --cors-origins.
//   Token   If one is set: `Authorization: Bearer` from programs, a cookie from the page. The page and
//           /health need none: they hold nothing, and the page is where the token is entered.
//   Change  What changes something needs the header, or a browser that says it is our own page, or no
//           browser at all.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";

export interface AccessOptions {
  /** Where the dashboard listens, as `--host` had it. */
  readonly host?: string;
  /** What senders and people must present; absent on loopback. */
  readonly token?: string;
  /** Other origins whose pages may send OTLP, as browsers write them: `https://shop.example`. */
  readonly corsOrigins?: readonly string[];
}

/** What a request must show of itself; header names are lower-case. */
export interface AccessRequest {
  readonly method: string;
  readonly path: string;
  readonly header: (name: string) => string | undefined;
}

/** Why a request is refused, as the API answers it. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly code: "host_refused" | "origin_refused" | "token_missing" | "token_wrong";
  readonly message: string;
}

const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
/** Cookies are shared by all ports of a host; the name keeps dashboards with different tokens apart. */
const COOKIE_PREFIX = "telemetry_session_";
const COOKIE_AGE_SECONDS = 30 * 86_400;

export class Access {
  readonly #host: string | undefined;
  readonly #token: string | undefined;
  readonly #session: string;
  readonly #cookieName: string;
  readonly #corsOrigins: ReadonlySet<string>;

  constructor({ host, token, corsOrigins = [] }: AccessOptions) {
    this.#corsOrigins = new Set(corsOrigins);
    this.#host = host?.toLowerCase();
    this.#token = token;
    // Made from the token, so that a session outlives a restart; the token cannot be made from it.
    this.#session = createHmac("sha256", token ?? "")
      .update("session")
      .digest("base64url");
    this.#cookieName =
      COOKIE_PREFIX +
      digest(`name ${token ?? ""}`)
        .toString("hex")
        .slice(0, 8);
  }

  get needsToken(): boolean {
    return this.#token !== undefined;
  }

  /** Undefined when the request may go on. */
  refuse(request: AccessRequest): Refusal | undefined {
    return this.#refuseHost(request) ?? this.#refuseOrigin(request) ?? this.#refuseToken(request);
  }

  /** Whether this is the token. Takes the same time for every wrong one. */
  isToken(text: string): boolean {
    return this.#token !== undefined && isSame(text, this.#token);
  }

  /** The `Set-Cookie` that stands for the token in a browser. */
  sessionCookie(isHttps: boolean): string {
    const flags = `Path=/; Max-Age=${COOKIE_AGE_SECONDS}; HttpOnly; SameSite=Strict`;
    return `${this.#cookieName}=${this.#session}; ${flags}${isHttps ? "; Secure" : ""}`;
  }

  #refuseHost({ header }: AccessRequest): Refusal | undefined {
    if (this.#token !== undefined) return undefined;
    const name = hostName(header("host") ?? "");
    if (isLocalName(name) || isIP(name) !== 0 || name === this.#host) return undefined;
    return {
      status: 403,
      code: "host_refused",
      message: `Cannot answer for host "${name}": without a token only localhost and addresses are answered; use http://localhost or start with --token`,
    };
  }

  /** Whether the page that asks, if it is one, may read the answer. */
  mayRead({ path, header }: AccessRequest): boolean {
    const origin = header("origin");
    if (origin === undefined || isSameOrigin(origin, header("host"))) return true;
    return isOtlp(path) && (isLocalOrigin(origin) || this.#corsOrigins.has(origin));
  }

  #refuseOrigin(request: AccessRequest): Refusal | undefined {
    const { method, path, header } = request;
    const origin = header("origin");
    const isReading = READING_METHODS.has(method);
    const isAllowed =
      origin === undefined
        ? isReading || isOwnPage(header("sec-fetch-site"))
        : this.mayRead(request);
    if (isAllowed || (!isReading && this.#hasToken(header("authorization")))) return undefined;
    return {
      status: 403,
      code: "origin_refused",
      message: isOtlp(path)
        ? `Cannot take telemetry from the page "${origin ?? "of another site"}": name its origin with --cors-origins`
        : `Cannot answer the page "${origin ?? "of another site"}": only the dashboard's own page may ask`,
    };
  }

  #refuseToken({ path, header }: AccessRequest): Refusal | undefined {
    if (this.#token === undefined || isPublic(path)) return undefined;
    const authorization = header("authorization");
    if (this.#hasToken(authorization) || this.#hasCookie(header("cookie"))) return undefined;
    return authorization === undefined
      ? {
          status: 401,
          code: "token_missing",
          message: 'Cannot answer without the token: send "Authorization: Bearer <token>"',
        }
      : { status: 401, code: "token_wrong", message: "Cannot answer: the token is wrong" };
  }

  #hasToken(authorization: string | undefined): boolean {
    const match = /^bearer +(\S+)\s*$/i.exec(authorization ?? "");
    return match !== null && this.isToken(match[1] as string);
  }

  #hasCookie(cookies: string | undefined): boolean {
    const prefix = `${this.#cookieName}=`;
    return (cookies ?? "")
      .split(/; */)
      .some(
        (cookie) => cookie.startsWith(prefix) && isSame(cookie.slice(prefix.length), this.#session),
      );
  }
}

/** OTLP and the API need the token; the page's files and /health do not. */
function isPublic(path: string): boolean {
  return !isOtlp(path) && (!path.startsWith("/api/") || path === "/api/v1/session");
}

function isOtlp(path: string): boolean {
  return path.startsWith("/v1/");
}

/** Without an Origin: absent from programs, "none" when a person typed the address. */
function isOwnPage(fetchSite: string | undefined): boolean {
  return fetchSite === undefined || fetchSite === "same-origin" || fetchSite === "none";
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function isLocalOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLocalName(hostName(new URL(origin).host));
}

/** `localhost` and what ends in it never leave the machine (RFC 6761); so do 127.0.0.0/8 and ::1. */
function isLocalName(name: string): boolean {
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "::1" ||
    (isIP(name) === 4 && name.startsWith("127."))
  );
}

/** Without port and brackets, in lower case. */
function hostName(host: string): string {
  const name = host.toLowerCase();
  if (name.startsWith("[")) return name.slice(1, name.indexOf("]"));
  return name.replace(/:\d*$/, "");
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
