import { describe, expect, test } from "vitest";
import { Station } from "../self/self.ts";
import { Access } from "./access.ts";
import { createApi, type ApiDeps } from "./api.ts";

/** Only what is asked here. */
function openApi(token?: string) {
  return createApi({
    access: new Access({ host: "127.0.0.1", ...(token === undefined ? {} : { token }) }),
    engine: { state: "ready" },
    pipeline: () => ({ version: "1", startTimeUnixNano: "1", stations: [], quarantine: [] }),
    station: new Station("api"),
    tell: (error: unknown) => {
      throw error;
    },
  } as unknown as ApiDeps);
}

const post = (
  api: ReturnType<typeof openApi>,
  token: string,
  headers: Record<string, string> = {},
) =>
  api.request("http://localhost:4320/api/v1/session", {
    method: "POST",
    headers: { host: "localhost:4320", "content-type": "application/json", ...headers },
    body: JSON.stringify({ token }),
  });

describe("POST /api/v1/session", () => {
  test("gives a cookie for the token, which opens the API", async () => {
    const api = openApi("secret");
    const ask = (cookie: string) =>
      api.request("http://localhost:4320/api/v1/pipeline", {
        headers: { host: "localhost:4320", cookie },
      });
    expect((await ask("")).status).toBe(401);
    expect((await ask("")).headers.get("www-authenticate")).toBe('Bearer realm="telemetry"');

    const response = await post(api, "secret");
    const cookie = response.headers.get("set-cookie") ?? "";

    expect(response.status).toBe(204);
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect((await ask(cookie.split(";", 1)[0] as string)).status).toBe(200);
  });

  test("is for https only where the page came by https", async () => {
    const forwarded = await post(openApi("secret"), "secret", { "x-forwarded-proto": "https" });
    const direct = await openApi("secret").request("https://localhost:4320/api/v1/session", {
      method: "POST",
      headers: { host: "localhost:4320", "content-type": "application/json" },
      body: JSON.stringify({ token: "secret" }),
    });
    for (const response of [forwarded, direct]) {
      expect(response.headers.get("set-cookie")).toMatch(/; Secure$/);
    }
    expect((await post(openApi("secret"), "secret")).headers.get("set-cookie")).not.toMatch(
      /Secure/,
    );
  });

  test("gives nothing for a wrong token, nor to other pages", async () => {
    const api = openApi("secret");
    const wrong = await post(api, "guess");

    expect(wrong.status).toBe(401);
    expect(wrong.headers.get("set-cookie")).toBeNull();
    expect((await post(api, "secret", { origin: "http://evil.example" })).status).toBe(403);
  });

  test("is not needed without a token", async () => {
    const response = await post(openApi(), "anything");

    expect(response.status).toBe(204);
    expect(response.headers.get("set-cookie")).toBeNull();
  });
});
