// endpoint.ts — from the address that somebody wrote to the one that requests go to
// (https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp).
//
//   HTTP, base address       http://host:4318/base  ─▶  http://host:4318/base/v1/traces
//   HTTP, of one signal      as it is
//   gRPC                     http://host:4317/any   ─▶  http://host:4317       without TLS
//                            https://host:4317      ─▶  https://host:4317      with TLS
//                            host:4317              ─▶  https://host:4317, or http:// where "insecure" says so
//                            unix:/run/otlp.sock    ─▶  as it is, TLS by "insecure"

import type { ExportProtocol, ExportTarget, SignalName } from "./export-options.ts";

export const DEFAULT_ENDPOINTS: Readonly<Record<ExportProtocol, string>> = {
  "http/protobuf": "http://localhost:4318",
  "http/json": "http://localhost:4318",
  grpc: "http://localhost:4317",
};

/** Names that gRPC resolves itself (https://github.com/grpc/grpc/blob/master/doc/naming.md). */
const GRPC_NAME = /^(?:dns|unix|unix-abstract|ipv4|ipv6|xds):/u;

/** `<base>/v1/<signal>`. Throws a TypeError where `base` is no http address. */
export function signalUrl(base: string, signal: SignalName): string {
  const url = new URL(checkedHttpUrl(base));
  url.pathname = `${url.pathname.replace(/\/+$/u, "")}/v1/${signal}`;
  url.hash = "";
  return url.href;
}

/** The address, unchanged. Throws a TypeError where it is no http address. */
export function checkedHttpUrl(text: string): string {
  if (/^https?:\/\/./iu.test(text) && URL.canParse(text)) return text;
  throw new TypeError("not an address that starts with http:// or https://");
}

/** A gRPC target. Throws a TypeError where `text` is none. */
export function grpcAddress(
  text: string,
  isInsecure: boolean,
): Pick<ExportTarget, "url" | "isSecure"> {
  if (GRPC_NAME.test(text)) return { url: text, isSecure: !isInsecure };
  const full = /^[a-z][a-z\d+.-]*:\/\//iu.test(text)
    ? text
    : `${isInsecure ? "http" : "https"}://${text}`;
  if (!/^https?:\/\/./iu.test(full) || !URL.canParse(full)) {
    throw new TypeError("neither an address such as http://host:4317 nor a name that gRPC knows");
  }
  const { protocol, host } = new URL(full);
  return { url: `${protocol}//${host}`, isSecure: protocol === "https:" };
}

/** The base address of the HTTP receiver beside a gRPC receiver, if the two follow OTLP's default ports. */
export function httpBeside(grpcUrl: string): string | undefined {
  if (GRPC_NAME.test(grpcUrl)) return undefined;
  const url = new URL(grpcUrl);
  if (url.port === "4317") url.port = "4318";
  return url.origin;
}

/** As people may see it: without user and password. */
export function withoutCredentials(text: string): string {
  if (!/^https?:/iu.test(text)) return text;
  const url = new URL(text);
  if (url.username === "" && url.password === "") return text;
  url.username = "";
  url.password = "";
  return url.href;
}

/** Without path, user and password, for a sentence. A name of gRPC's own as it is. */
export function originOf(url: string): string {
  return /^https?:/iu.test(url) ? new URL(url).origin : url;
}
