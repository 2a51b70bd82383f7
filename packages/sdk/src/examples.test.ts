// Every @example of this package's docstrings and every TypeScript block of its guide is compiled and run.

import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../../..");
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "examples-"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(() => rm(folder, { recursive: true }));

interface Example {
  readonly name: string;
  readonly code: string;
}

function examplesOfSource(): Example[] {
  return globSync("**/*.ts", { cwd: import.meta.dirname })
    .filter((path) => !path.endsWith(".test.ts"))
    .flatMap((path) => {
      const source = readFileSync(join(import.meta.dirname, path), "utf8");
      const blocks = source.matchAll(
        /@example\n([\s\S]*?)(?=\n \* @|\n \*\/|\n {3}\* @|\n {3}\*\/)/g,
      );
      return [...blocks].map(([, block = ""], i) => ({
        name: `${path.replaceAll(/[/.]/g, "-")}-${i}`,
        code: block.replaceAll(/^ *\* ?/gm, ""),
      }));
    });
}

function examplesOfGuide(): Example[] {
  const text = readFileSync(join(root, "docs/guide/sdk.md"), "utf8");
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""], i) => ({
    name: `guide-${i}`,
    code,
  }));
}

describe("the examples", () => {
  const examples = [...examplesOfSource(), ...examplesOfGuide()];

  test("are there for what an app calls", () => {
    const all = examples.map(({ code }) => code).join("\n");
    for (const name of ["startTelemetry", "startSpan", "withSpan", "traced", "linkSpan", "bind"]) {
      expect(all).toContain(`${name}(`);
    }
  });

  test("compile and run", { timeout: 60_000 }, async () => {
    for (const { name, code } of examples) {
      const text = code.includes("import ") ? code : `export {};\n${code}`;
      await writeFile(join(folder, `${name}.ts`), text);
    }
    const tsconfig = {
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: { types: ["node"], noUnusedLocals: false },
      include: ["*.ts"],
      exclude: ["run.ts"],
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
    const compiled = await run(process.execPath, [tsc, "-p", folder]).catch((error: unknown) => {
      return { stdout: (error as { stdout: string }).stdout };
    });
    expect(compiled.stdout).toBe("");

    const steps = examples.map(
      ({ name }) => `await import("./${name}.ts"); await resetTelemetry();`,
    );
    const reset = 'import { resetTelemetry } from "@telemetry/sdk/testing";';
    await writeFile(join(folder, "run.ts"), [reset, ...steps, "process.exit(0);"].join("\n"));
    await run(process.execPath, ["--conditions=@telemetry/source", join(folder, "run.ts")], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        OTEL_EXPORTER_OTLP_TIMEOUT: "50",
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
        TELEMETRY_QUIET: "1",
      },
    });
  });
});
