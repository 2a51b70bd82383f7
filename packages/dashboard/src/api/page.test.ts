import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Page } from "./page.ts";

describe("Page", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "telemetry-page-"));
    mkdirSync(join(directory, "assets"));
    writeFileSync(join(directory, "index.html"), "<!doctype html>the page");
    writeFileSync(join(directory, "assets", "index-Bx3K_9aQ.js"), "script");
    writeFileSync(join(directory, "assets", "index-Bx3K_9aQ.js.br"), "brotli");
    writeFileSync(join(directory, "assets", "index-Bx3K_9aQ.js.gz"), "gzipped");
    writeFileSync(join(directory, "favicon.svg"), "<svg/>");
    writeFileSync(join(directory, "notes.secret"), "no type of ours");
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const ask = async (path: string, headers: Record<string, string> = {}, where = directory) => {
    const page = new Page(where === "" ? undefined : where);
    const app = new Hono().get("*", (context) => page.answer(context));
    const response = await app.request(path, { headers });
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      cache: response.headers.get("cache-control"),
      encoding: response.headers.get("content-encoding"),
      text: await response.text(),
    };
  };

  test.each(["/", "/traces", "/trace/5b8efff798038103d269b633813fc60c", "/index.html"])(
    "%s is the page",
    async (path) => {
      expect(await ask(path, { accept: "text/html,*/*" })).toMatchObject({
        status: 200,
        type: "text/html; charset=utf-8",
        cache: "no-cache",
        text: "<!doctype html>the page",
      });
    },
  );

  test("files with a hash in their name are kept for ever, others are asked for again", async () => {
    expect(await ask("/assets/index-Bx3K_9aQ.js")).toMatchObject({
      type: "text/javascript; charset=utf-8",
      cache: "public, max-age=31536000, immutable",
      text: "script",
    });
    expect(await ask("/favicon.svg")).toMatchObject({ type: "image/svg+xml", cache: "no-cache" });
  });

  test.each([
    ["gzip, deflate, br", "br", "brotli"],
    ["gzip", "gzip", "gzipped"],
    ["identity", null, "script"],
  ])("with %s a file is sent as %s", async (accepted, encoding, text) => {
    const headers = { "accept-encoding": accepted };

    expect(await ask("/assets/index-Bx3K_9aQ.js", headers)).toMatchObject({ encoding, text });
  });

  test.each([
    "/assets/gone-12345678.js",
    "/notes.secret",
    "/../package.json",
    "/%2e%2e/package.json",
    "/assets/..%2f..%2fpackage.json",
  ])("%s is nothing", async (path) => {
    const { status, text } = await ask(path);

    expect(status).toBe(404);
    expect(text).toBe("Not found");
  });

  test("who wants no page gets none", async () => {
    expect(await ask("/traces", { accept: "application/json" })).toMatchObject({ status: 404 });
  });

  test("says what to do where it is not built", async () => {
    const { status, text } = await ask("/", {}, "");

    expect(status).toBe(503);
    expect(text).toContain("The page is not built");
    expect(text).not.toContain("<script");
  });
});
