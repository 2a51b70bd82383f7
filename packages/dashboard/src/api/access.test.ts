import { describe, expect, test } from "vitest";
import { Access, type AccessRequest } from "./access.ts";

function request(headers: Record<string, string>, method = "GET", path = "/api/v1/traces") {
  return {
    method,
    path,
    header: (name) => ({ host: "localhost:4320", ...headers })[name],
  } satisfies AccessRequest;
}

const codeOf = (access: Access, asked: AccessRequest) => access.refuse(asked)?.code ?? "allowed";

describe("Access without a token", () => {
  const access = new Access({ host: "127.0.0.1" });

  test.each([
    ["localhost:4320", "allowed"],
    ["LOCALHOST", "allowed"],
    ["app.localhost:4320", "allowed"],
    ["127.0.0.1:4320", "allowed"],
    ["[::1]:4320", "allowed"],
    ["192.168.1.4:4320", "allowed"],
    ["evil.example:4320", "host_refused"],
    ["localhost.evil.example", "host_refused"],
    ["127.0.0.1.evil.example", "host_refused"],
    ["", "host_refused"],
  ])("host %s is %s", (host, expected) => {
    expect(codeOf(access, request({ host }))).toBe(expected);
  });

  test("answers for the name it was told to listen on", () => {
    const named = new Access({ host: "Box.local" });

    expect(codeOf(named, request({ host: "box.local:4320" }))).toBe("allowed");
  });

  test.each([
    ["GET", {}, "allowed"],
    ["POST", {}, "allowed"],
    ["GET", { origin: "http://localhost:4320" }, "allowed"],
    ["GET", { origin: "http://evil.example" }, "origin_refused"],
    ["GET", { origin: "null" }, "origin_refused"],
    ["GET", { "sec-fetch-site": "cross-site" }, "allowed"],
    ["POST", { origin: "http://localhost:4320" }, "allowed"],
    ["POST", { origin: "http://localhost:3000" }, "origin_refused"],
    ["POST", { "sec-fetch-site": "same-origin" }, "allowed"],
    ["POST", { "sec-fetch-site": "cross-site" }, "origin_refused"],
    ["DELETE", { "sec-fetch-site": "same-site" }, "origin_refused"],
  ])("%s with %j is %s", (method, headers, expected) => {
    expect(codeOf(access, request(headers as Record<string, string>, method))).toBe(expected);
  });

  test("takes OTLP from a page on this machine, and from no other", () => {
    const otlp = (origin: string) => request({ origin }, "POST", "/v1/traces");

    expect(codeOf(access, otlp("http://localhost:3000"))).toBe("allowed");
    expect(codeOf(access, otlp("https://evil.example"))).toBe("origin_refused");
  });
});

describe("Access with named origins", () => {
  test.each([undefined, "secret"])("takes OTLP from them and nothing else (token: %s)", (token) => {
    const access = new Access({
      corsOrigins: ["https://shop.example"],
      ...(token !== undefined && { token }),
    });
    const authorization = "Bearer secret";
    const ask = (origin: string, method: string, path: string) =>
      codeOf(access, request({ origin, authorization }, method, path));

    expect(ask("https://shop.example", "OPTIONS", "/v1/traces")).toBe("allowed");
    expect(ask("https://shop.example", "POST", "/v1/traces")).toBe("allowed");
    expect(ask("https://shop.example", "GET", "/api/v1/traces")).toBe("origin_refused");
    expect(ask("https://other.example", "OPTIONS", "/v1/traces")).toBe("origin_refused");
    expect(ask("http://shop.example", "OPTIONS", "/v1/traces")).toBe("origin_refused");
    expect(ask("https://shop.example.evil", "OPTIONS", "/v1/traces")).toBe("origin_refused");
  });

  test("does not spare them the token", () => {
    const access = new Access({ token: "secret", corsOrigins: ["https://shop.example"] });
    const asked = request({ origin: "https://shop.example" }, "POST", "/v1/traces");
    expect(codeOf(access, asked)).toBe("token_missing");
  });
});

describe("Access with a token", () => {
  const access = new Access({ host: "0.0.0.0", token: "secret" });
  const cookie = access.sessionCookie(false).split(";", 1)[0] as string;

  test.each([
    [{}, "token_missing"],
    [{ authorization: "Bearer secret" }, "allowed"],
    [{ authorization: "bearer  secret " }, "allowed"],
    [{ authorization: "Bearer wrong" }, "token_wrong"],
    [{ authorization: "Basic secret" }, "token_wrong"],
    [{ cookie: "telemetry_session=x" }, "token_missing"],
    [{ host: "telemetry.example", authorization: "Bearer secret" }, "allowed"],
  ])("%j is %s", (headers, expected) => {
    expect(codeOf(access, request(headers as Record<string, string>))).toBe(expected);
  });

  test("takes its cookie in place of the token, among others", () => {
    expect(codeOf(access, request({ cookie: `a=b; ${cookie}; c=d` }))).toBe("allowed");
    expect(codeOf(access, request({ cookie: `${cookie}x` }))).toBe("token_missing");
  });

  test("a cookie alone does not let another site change something", () => {
    const headers = { cookie, origin: "http://evil.example" };

    expect(codeOf(access, request(headers, "POST"))).toBe("origin_refused");
    expect(codeOf(access, request({ ...headers, authorization: "Bearer secret" }, "POST"))).toBe(
      "allowed",
    );
  });

  test.each([
    ["/health", "allowed"],
    ["/", "allowed"],
    ["/assets/app.js", "allowed"],
    ["/api/v1/session", "allowed"],
    ["/api/v1/live", "token_missing"],
    ["/v1/traces", "token_missing"],
  ])("%s without the token is %s", (path, expected) => {
    expect(codeOf(access, request({}, "GET", path))).toBe(expected);
  });

  test("its cookie is for this dashboard only, hidden from scripts, and not the token", () => {
    const other = new Access({ token: "other" }).sessionCookie(false);

    expect(access.sessionCookie(false)).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect(access.sessionCookie(true)).toMatch(/; Secure$/);
    expect(cookie).not.toContain("secret");
    expect(cookie.split("=")[0]).not.toBe(other.split("=")[0]);
  });
});
