// doors.test.ts — the ports of a dashboard as clients of all kinds find them: over TLS, from other pages, too many.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request, type RequestOptions } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { afterEach, describe, expect, test } from "vitest";
import { openDashboard, type DashboardHandle, type DashboardOptions } from "../index.ts";

const pem = (name: string) => join(import.meta.dirname, "../listen/testdata", `${name}.pem`);
const read = (name: string) => readFileSync(pem(name));
const TLS = { cert: pem("server"), key: pem("server-key") };
const TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

const directory = mkdtempSync(join(tmpdir(), "telemetry-doors-"));
let dashboard: DashboardHandle;

afterEach(async () => {
  await dashboard.close();
  rmSync(directory, { recursive: true, force: true });
});

async function open(options: Partial<DashboardOptions>): Promise<DashboardHandle> {
  dashboard = await openDashboard({
    dataDirectory: directory,
    port: 0,
    otlpHttpPort: 0,
    otlpGrpcPort: 0,
    clickhouseUrl: "http://127.0.0.1:1",
    ...options,
  });
  return dashboard;
}

/** An answer over TLS; the certificate is checked. */
function ask(
  url: string,
  { body, ...options }: RequestOptions & { body?: string } = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca: read("test-ca"), ...options }, (response) => {
      let text = "";
      response.on("data", (part) => (text += String(part)));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** The code of gRPC's answer to an empty request. */
function call(url: string, credentials: grpc.ChannelCredentials): Promise<number> {
  const client = new grpc.Client(new URL(url).host, credentials);
  const asTheyAre = (bytes: Buffer) => bytes;
  return new Promise((resolve) => {
    client.makeUnaryRequest(TRACES, asTheyAre, asTheyAre, Buffer.alloc(0), (error) => {
      client.close();
      resolve(error?.code ?? 0);
    });
  });
}

const JSON_POST = { method: "POST", headers: { "content-type": "application/json" } };

describe("with a certificate", () => {
  test("all ports speak TLS: page, API, OTLP over HTTP and gRPC; and say so", async () => {
    const { url, otlpHttpUrl, otlpGrpcUrl } = await open({ tls: TLS });
    for (const each of [url, otlpHttpUrl, otlpGrpcUrl!]) expect(each).toMatch(/^https:/);
    expect((await ask(url, { headers: { accept: "text/html" } })).headers["content-type"]).toMatch(
      /^text\/html/,
    );
    expect(JSON.parse((await ask(`${url}health`)).text)).toMatchObject({ product: "telemetry" });
    expect((await ask(`${otlpHttpUrl}/v1/traces`, { ...JSON_POST, body: "{}" })).status).toBe(200);
    expect(await call(otlpGrpcUrl!, grpc.credentials.createSsl(read("test-ca")))).toBe(0);
    expect(await call(otlpGrpcUrl!, grpc.credentials.createInsecure())).toBe(
      grpc.status.UNAVAILABLE,
    );
  });

  test("its own page may change things, and its cookie is for https only", async () => {
    const { url } = await open({ tls: TLS, token: "secret" });
    const { origin } = new URL(url);
    const headers = { "content-type": "application/json", origin, "sec-fetch-site": "same-origin" };
    const body = JSON.stringify({ token: "secret" });
    const session = await ask(`${url}api/v1/session`, { method: "POST", headers, body });
    expect(session.status).toBe(204);
    const [cookie = ""] = session.headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
    const asked = { headers: { cookie: cookie.split(";", 1)[0] } };
    expect((await ask(`${url}api/v1/pipeline`, asked)).status).toBe(200);
  });

  test("and an authority, senders are known by their certificates, and others are not let in", async () => {
    const { otlpHttpUrl, otlpGrpcUrl } = await open({
      tls: { ...TLS, clientCa: pem("test-ca") },
      senderLimits: { requestsPerSecond: 2 },
    });
    const agent = { cert: read("agent-7"), key: read("agent-7-key") };
    const send = () => ask(`${otlpHttpUrl}/v1/traces`, { ...JSON_POST, ...agent, body: "{}" });
    const credentials = grpc.credentials.createSsl(read("test-ca"), agent.key, agent.cert);
    expect((await send()).status).toBe(200);
    expect(await call(otlpGrpcUrl!, credentials)).toBe(0);
    expect(await send()).toMatchObject({
      status: 429,
      text: expect.stringContaining('\\"agent-7\\" sends more than one sender may'),
    });
    expect(await call(otlpGrpcUrl!, credentials)).toBe(grpc.status.RESOURCE_EXHAUSTED);

    await expect(ask(`${otlpHttpUrl}/v1/traces`, { ...JSON_POST, body: "{}" })).rejects.toThrow();
    const stranger = grpc.credentials.createSsl(
      read("test-ca"),
      read("stranger-key"),
      read("stranger"),
    );
    expect(await call(otlpGrpcUrl!, stranger)).toBe(grpc.status.UNAVAILABLE);
    const [receive] = dashboard.status();
    expect(receive?.counters).toMatchObject({ "refused_sender_agent-7": 2, connections_tls: 2 });
  });
});

test("files that TLS cannot use keep the dashboard from starting, and nothing is left behind", async () => {
  const tls = { ...TLS, key: pem("renewed-key") };
  await expect(open({ tls })).rejects.toThrow(/^Cannot use --tls-key ".*": it does not belong to/);
  await open({});
});

describe("a page of another origin", () => {
  const origin = "https://shop.example";
  const preflight = (url: string) =>
    fetch(url, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });

  test("may send OTLP when it is named, and reads the answer; nothing else is open to it", async () => {
    const { url, otlpHttpUrl } = await open({ corsOrigins: [origin], token: "secret" });
    const allowed = await preflight(`${otlpHttpUrl}/v1/traces`);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe(origin);

    const headers = { origin, "content-type": "application/json" };
    const sent = (authorization: object) =>
      fetch(`${otlpHttpUrl}/v1/traces`, {
        method: "POST",
        body: "{}",
        headers: { ...headers, ...authorization },
      });
    expect((await sent({ authorization: "Bearer secret" })).status).toBe(200);
    const refused = await sent({});
    expect(refused.status).toBe(401);
    expect(refused.headers.get("access-control-allow-origin")).toBe(origin);

    expect((await preflight(`${url}api/v1/traces`)).status).toBe(403);
    expect((await fetch(`${url}api/v1/traces`, { headers })).status).toBe(403);
  });

  test("may not when it is not, and the answer says what to do", async () => {
    const { otlpHttpUrl } = await open({ corsOrigins: ["https://other.example"] });
    expect((await preflight(`${otlpHttpUrl}/v1/traces`)).status).toBe(403);
    const response = await fetch(`${otlpHttpUrl}/v1/traces`, {
      method: "POST",
      body: "{}",
      headers: { origin, "content-type": "application/json" },
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      code: 7,
      message: `Cannot take telemetry from the page "${origin}": name its origin with --cors-origins`,
    });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});

test("a page that is not named, with a token, may send and reads nothing", async () => {
  const { otlpHttpUrl } = await open({ token: "secret" });
  const headers = { origin: "https://shop.example", authorization: "Bearer secret" };
  const response = await fetch(`${otlpHttpUrl}/v1/traces`, {
    method: "POST",
    body: "{}",
    headers: { ...headers, "content-type": "application/json" },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("access-control-allow-origin")).toBeNull();
});

describe("a sender with a wrong address", () => {
  test("that posts protobuf to the root is told the paths, in protobuf", async () => {
    const { otlpHttpUrl } = await open({});
    const headers = { "content-type": "application/x-protobuf" };
    const response = await fetch(otlpHttpUrl, { method: "POST", body: new Uint8Array(3), headers });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/x-protobuf");
    expect(await response.text()).toContain(
      "OTLP is received at /v1/traces, /v1/metrics, /v1/logs",
    );
  });

  test("that posts JSON there is told them too", async () => {
    const { otlpHttpUrl } = await open({});
    const { headers } = JSON_POST;
    const response = await fetch(`${otlpHttpUrl}/traces`, { method: "POST", body: "{}", headers });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { code: "no_route", message: expect.stringContaining("/v1/traces") },
    });
  });
});
