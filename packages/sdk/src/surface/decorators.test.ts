// Decorators as two compilers' worth of users write them (134, 135): the fixtures of testdata/decorators are
// type-checked and compiled by tsc in both modes, and run with plain Node.

import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTestReceiver } from "../testing/testing.ts";
import type { TestReceiver } from "../testing/testing.ts";

const run = promisify(execFile);
const fixtures = resolve(import.meta.dirname, "../../testdata/decorators");
const root = resolve(import.meta.dirname, "../../../..");
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
let receiver: TestReceiver;
let folder: string;

beforeEach(async () => {
  receiver = await openTestReceiver();
  folder = await mkdtemp(join(tmpdir(), "decorators-"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
});
afterEach(async () => {
  await receiver.close();
  await rm(folder, { recursive: true });
});

/** What the fixture's calls returned. */
async function compileAndRun(mode: "tc39" | "legacy"): Promise<unknown> {
  const project = ["-p", join(fixtures, `tsconfig.${mode}.json`)];
  await run(process.execPath, [tsc, ...project]);
  const emit = ["--noEmit", "false", "--allowImportingTsExtensions", "false", "--noCheck"];
  await run(process.execPath, [tsc, ...project, ...emit, "--noResolve", "--outDir", folder]);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  const { stdout } = await run(
    process.execPath,
    ["--conditions=@telemetry/source", join(folder, `${mode}.js`)],
    { env: { PATH: process.env["PATH"], OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } },
  );
  return JSON.parse(stdout);
}

const spanNames = (): string[] => receiver.collected.spans.map(({ name }) => name).sort();

describe("decorators", () => {
  test("of TC39, on methods, getters, fields, accessors, static and private members", async () => {
    expect(await compileAndRun("tc39")).toEqual({
      total: 12,
      bare: "bare 3",
      named: true,
      computed: "o-1",
      size: 3,
      arrow: 7,
      held: 8,
      each: [1, 2, 3],
      streamed: [1, 2, 3],
      caught: "no stock",
      shape: ["total", 1],
    });
    expect(spanNames()).toEqual([
      "Cart.#sum",
      "Cart.arrow",
      "Cart.bare",
      "Cart.create",
      "Cart.each",
      "Cart.fails",
      "Cart.held",
      "Cart.size",
      "Cart.stream",
      "Cart.total",
      "cart.computed",
      "cart.named",
    ]);
    const { collected } = receiver;
    expect(collected.span("Cart.#sum").parentSpanId).toBe(collected.span("Cart.total").spanId);
    expect(collected.span("cart.named").attributes).toMatchObject({ kind: "fixed" });
    expect(collected.span("cart.computed").attributes).toMatchObject({ "order.id": "o-1" });
    expect(collected.span("Cart.fails").status).toEqual({ code: 2, message: "no stock" });
  });

  test("of experimentalDecorators; a property is refused with the ways out", async () => {
    expect(await compileAndRun("legacy")).toEqual({
      total: 12,
      bare: "bare 3",
      named: true,
      computed: "o-1",
      size: 3,
      each: [1, 2, 3],
      streamed: [1, 2, 3],
      property:
        'Cannot trace property "Cart.arrow": a legacy decorator does not receive its value; write "arrow = traced(…)" or compile without experimentalDecorators',
      shape: ["total", 1],
    });
    expect(spanNames()).toEqual([
      "Cart.bare",
      "Cart.create",
      "Cart.each",
      "Cart.size",
      "Cart.stream",
      "Cart.total",
      "cart.computed",
      "cart.named",
    ]);
  });
});
