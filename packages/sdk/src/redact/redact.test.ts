import * as stable from "@opentelemetry/semantic-conventions";
import * as incubating from "@opentelemetry/semantic-conventions/incubating";
import { afterEach, describe, expect, test } from "vitest";
import { log, startSpan } from "../index.ts";
import { startTestTelemetry } from "../testing/testing.ts";
import type { TestTelemetry } from "../testing/testing.ts";
import { createRedaction } from "./redact.ts";

describe("the rule (22)", () => {
  const { isRedacted } = createRedaction();

  test.each([
    "password",
    "user.password",
    "db.passwd",
    "client_secret",
    "accessToken",
    "access-token",
    "auth.token",
    "apikey",
    "api_key",
    "x-api-key",
    "apiKey",
    "APIKey",
    "X-API-KEY",
    "service.api.key",
    "cookie",
    "session.cookie",
    "authorization",
    "http.request.header.authorization",
    "authorization.scheme",
    "http.response.header.set-cookie",
    "set_cookie.name",
    "PASSWORD",
  ])("hides %s", (key) => {
    expect(isRedacted(key)).toBe(true);
  });

  test.each([
    "gen_ai.token.type",
    "gen_ai.usage.input_tokens",
    "gen_ai.request.max_tokens",
    "llm.token_count.prompt",
    "llm.token_count.completion",
    "model.max_tokens",
    "aws.secretsmanager.secret.arn",
    "aspnetcore.identity.token_purpose",
    "aspnetcore.authorization.policy",
    "password.length",
    "cookies",
    "tokenizer",
    "key",
    "api",
    "http.route",
    "",
    "...",
  ])("keeps %j", (key) => {
    expect(isRedacted(key)).toBe(false);
  });

  test("keeps every key of the semantic conventions that is not itself a secret", () => {
    const keys = [...Object.entries(stable), ...Object.entries(incubating)]
      .filter(([name, value]) => name.startsWith("ATTR_") && typeof value === "string")
      .map(([, value]) => value as string);
    expect(keys.length).toBeGreaterThan(900);
    expect(keys.filter(isRedacted)).toEqual([]);
  });

  test("takes further words and keys to keep, and can be turned off", () => {
    const custom = createRedaction({ words: ["SSN"], keep: ["page.token"] });
    expect(custom.isRedacted("user.ssn")).toBe(true);
    expect(custom.isRedacted("page.token")).toBe(false);
    expect(custom.isRedacted("access.token")).toBe(true);
    expect(createRedaction(false).isRedacted("password")).toBe(false);
  });
});

describe("redaction", () => {
  let telemetry: TestTelemetry;
  afterEach(() => telemetry.stop());

  test("reaches spans, events, links, nested values and logs", async () => {
    telemetry = startTestTelemetry();
    const secret = { password: "hunter2" };
    const span = startSpan("login", { attributes: secret });
    span.setAttribute("headers", { "x-api-key": "k", accept: "json", list: [{ token: "t" }] });
    span.addEvent("tried", secret);
    span.addLink({ context: span.spanContext(), attributes: secret });
    span.end();
    log.info("login", secret);
    const [received] = await telemetry.spans();
    const [record] = await telemetry.logs();
    expect(received!.attributes).toEqual({
      password: "[REDACTED]",
      headers: { "x-api-key": "[REDACTED]", accept: "json", list: [{ token: "[REDACTED]" }] },
    });
    expect(received!.events[0]!.attributes).toEqual({ password: "[REDACTED]" });
    expect(received!.links[0]!.attributes).toEqual({ password: "[REDACTED]" });
    expect(record!.attributes).toEqual({ password: "[REDACTED]" });
  });

  test("is seen by processors and exporters of the app, too", async () => {
    const seen: unknown[] = [];
    telemetry = startTestTelemetry({
      spanProcessors: [
        {
          onStart: () => {},
          onEnd: (span) => seen.push({ ...span.attributes }),
          forceFlush: () => Promise.resolve(),
          shutdown: () => Promise.resolve(),
        },
      ],
    });
    startSpan("login", { attributes: { password: "hunter2" } }).end();
    expect(seen).toEqual([{ password: "[REDACTED]" }]);
  });

  test("a value hook changes what is recorded; one that throws lets nothing through", async () => {
    telemetry = startTestTelemetry({
      redact: {
        value: (key, value) => {
          if (key === "boom") throw new Error("hook");
          if (key === "gone") return undefined;
          return typeof value === "string" ? value.replace(/\d{4}$/, "****") : value;
        },
      },
    });
    const attributes = { card: "4111 1111", boom: "secret", gone: 1, count: 3, password: "p" };
    startSpan("pay", { attributes }).end();
    const [span] = await telemetry.spans();
    expect(span!.attributes).toEqual({ card: "4111 ****", count: 3, password: "[REDACTED]" });
    expect(telemetry.telemetry.status().counters["attribute.unreadable"]).toBe(1);
  });

  test("off means off", async () => {
    telemetry = startTestTelemetry({ redact: false });
    startSpan("x", { attributes: { password: "visible" } }).end();
    const [span] = await telemetry.spans();
    expect(span!.attributes).toEqual({ password: "visible" });
  });
});
