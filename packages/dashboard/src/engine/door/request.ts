// request.ts — one request of ClickHouse's HTTP interface, taken apart.
//
//   POST /?query=…&database=…&query_id=…&role=…&param_<name>=…&<setting>=…
//
// The statement stands in `query`, in the body, in both (the body continues it, or is an INSERT's data), or in the
// field `query` of a multipart form, whose fields `param_<name>` are then the parameters.

import type { IncomingMessage } from "node:http";
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { DoorError } from "./door-error.ts";
import type { SessionState } from "./session.ts";

/** The longest statement accepted as a body; an INSERT's data is not part of it when `query` is in the URL. */
const STATEMENT_BYTES_MAX = 64 * 1024 * 1024;

export interface DoorRequest {
  /** Of the URL; empty when the statement is in the body. */
  readonly query: string;
  readonly state: SessionState;
  readonly queryId: string | undefined;
  /** `role=reader`: SQL from people, in a session that cannot write. */
  readonly reader: boolean;
  readonly defaultFormat: string;
  /** How the answer is to be compressed. */
  readonly encoding: "gzip" | "zstd" | "br" | undefined;
  /** How the body is compressed. */
  readonly bodyEncoding: string | undefined;
}

/** URL parameters that belong to HTTP and are no settings of the query. */
const NO_SETTINGS = new Set([
  "query", "query_id", "database", "default_format", "role", "user", "password", "quota_key",
  "enable_http_compression", "wait_end_of_query", "buffer_size", "send_progress_in_http_headers",
  "compress", "decompress", "stacktrace", "client_protocol_version", "session_timeout", "session_check",
]); // prettier-ignore

/** @throws {DoorError} when the request asks for what the door does not do. */
export function parseRequest(request: IncomingMessage): DoorRequest {
  const { searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (searchParams.has("session_id")) {
    throw new DoorError(
      48,
      "NOT_IMPLEMENTED",
      `Cannot open session "${searchParams.get("session_id")}": the embedded engine has none over HTTP; send settings with each request`,
    );
  }
  const settings = new Map<string, string>();
  const parameters = new Map<string, string>();
  for (const [name, value] of searchParams) {
    if (name.startsWith("param_")) addParameter(parameters, name, value);
    else if (!NO_SETTINGS.has(name) && !name.startsWith("http_")) addSetting(settings, name, value);
  }
  return {
    query: searchParams.get("query") ?? "",
    state: { database: searchParams.get("database") || "default", settings, parameters },
    queryId: searchParams.get("query_id") ?? undefined,
    reader: parseRole(searchParams.getAll("role")),
    defaultFormat: searchParams.get("default_format") ?? "TabSeparated",
    encoding:
      searchParams.get("enable_http_compression") === "1"
        ? acceptedEncoding(request.headers["accept-encoding"])
        : undefined,
    bodyEncoding: request.headers["content-encoding"],
  };
}

/** The statement of a request whose body is text; parameters of a multipart form join those of the URL. */
export async function readStatement(
  request: IncomingMessage,
  parsed: DoorRequest,
): Promise<{ sql: string; state: SessionState }> {
  const body = await readBody(request, parsed.bodyEncoding);
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) {
    const text = body.toString("utf8");
    const sql =
      parsed.query === "" || text === "" ? parsed.query + text : `${parsed.query}\n${text}`;
    return { sql, state: parsed.state };
  }
  const form = await new Response(new Uint8Array(body), {
    headers: { "content-type": type },
  }).formData();
  const parameters = new Map(parsed.state.parameters);
  for (const [name, value] of form) {
    if (name.startsWith("param_")) addParameter(parameters, name, String(value));
  }
  return { sql: String(form.get("query") ?? parsed.query), state: { ...parsed.state, parameters } };
}

async function readBody(request: IncomingMessage, encoding: string | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > STATEMENT_BYTES_MAX) throw tooLarge();
    chunks.push(chunk);
  }
  return inflate(Buffer.concat(chunks), encoding);
}

function inflate(body: Buffer, encoding: string | undefined): Buffer {
  const options = { maxOutputLength: STATEMENT_BYTES_MAX };
  if (body.length === 0) return body;
  switch (encoding) {
    case undefined:
    case "identity":
      return body;
    case "gzip":
      return gunzipSync(body, options);
    case "deflate":
      return inflateSync(body, options);
    case "zstd":
      return zstdDecompressSync(body, options);
    case "br":
      return brotliDecompressSync(body, options);
    default:
      throw new DoorError(
        48,
        "NOT_IMPLEMENTED",
        `Cannot read body: content encoding "${encoding}" is not one of gzip, deflate, zstd, br`,
      );
  }
}

function tooLarge(): DoorError {
  return new DoorError(
    222,
    "QUERY_IS_TOO_LARGE",
    `Cannot run statement: it is longer than ${STATEMENT_BYTES_MAX} bytes; send data as the body and the statement in the URL`,
  );
}

function addParameter(parameters: Map<string, string>, urlName: string, value: string): void {
  const name = urlName.slice("param_".length);
  if (!/^\w+$/.test(name)) {
    throw new DoorError(
      36,
      "BAD_ARGUMENTS",
      `Cannot set parameter "${name}": a name is letters, digits and _`,
    );
  }
  parameters.set(name, value);
}

function addSetting(settings: Map<string, string>, name: string, value: string): void {
  if (!/^\w+$/.test(name)) {
    throw new DoorError(
      115,
      "UNKNOWN_SETTING",
      `Cannot change setting "${name}": a name is letters, digits and _`,
    );
  }
  settings.set(name, value);
}

function parseRole(roles: string[]): boolean {
  const unknown = roles.find((role) => role !== "reader");
  if (unknown !== undefined) {
    throw new DoorError(
      512,
      "SET_NON_GRANTED_ROLE",
      `Cannot take role "${unknown}": the embedded engine has only "reader"`,
    );
  }
  return roles.length > 0;
}

function acceptedEncoding(header: string | string[] | undefined): DoorRequest["encoding"] {
  const accepted = String(header ?? "");
  if (/\bgzip\b/.test(accepted)) return "gzip";
  if (/\bzstd\b/.test(accepted)) return "zstd";
  if (/\bbr\b/.test(accepted)) return "br";
  return undefined;
}
