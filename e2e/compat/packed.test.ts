// packed.test.ts — the tarballs as a stranger's project sees them: no workspace, no source condition.
//
// A folder outside the workspace installs the SDK's tarball and one generation of the official API, and
// uses it as ESM, as CommonJS and from TypeScript. Needs the npm registry for the API; skipped without.

import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const API_VERSIONS = ["1.9.1", "1.10.0"];

const packedSdk = (): string | undefined => globSync("dist/telemetry-sdk-*.tgz", { cwd: root })[0];

/** `npm run check` has packed before, unless this suite runs alone. */
function pack(): string {
  const args = ["--conditions=@telemetry/source", "scripts/pack.ts"];
  execFileSync(process.execPath, args, { cwd: root, stdio: "ignore" });
  const tarball = packedSdk();
  if (tarball === undefined) throw new Error("Cannot find the tarball: packing wrote none");
  return tarball;
}

const isRegistryReached =
  spawnSync("npm", ["view", "@opentelemetry/api@1.10.0", "version"], { timeout: 20_000 }).status ===
  0;
if (!isRegistryReached) console.log("Skipped: packed tarballs need the npm registry for the API");

describe.skipIf(!isRegistryReached).each(API_VERSIONS)("with the API %s", (apiVersion) => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "telemetry-packed-"));
    write("package.json", JSON.stringify({ name: "stranger", type: "module", private: true }));
    const tarball = packedSdk() ?? pack();
    execFileSync(
      "npm",
      [
        "install",
        "--silent",
        "--no-audit",
        join(root, tarball),
        `@opentelemetry/api@${apiVersion}`,
      ],
      { cwd: directory },
    );
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function write(name: string, text: string): void {
    writeFileSync(join(directory, name), text);
  }

  function run(name: string, text: string): string {
    write(name, text);
    return execFileSync(process.execPath, [name], { cwd: directory, encoding: "utf8" }).trim();
  }

  test("import and require give one state, and spans of the official API are recorded", () => {
    const printed = run(
      "both.mjs",
      `import { createRequire } from "node:module";
       import { trace } from "@opentelemetry/api";
       const early = trace.getTracer("taken before start");
       import * as esm from "@telemetry/sdk";
       const cjs = createRequire(import.meta.url)("@telemetry/sdk");
       const first = esm.startTelemetry({ serviceName: "stranger", logLevel: "silent" });
       const second = cjs.startTelemetry({ logLevel: "silent" });
       const span = early.startSpan("one");
       console.log(first === second, span.isRecording(), cjs.getCurrentSpan() === undefined);
       span.end();
       await esm.shutdown(10);`,
    );
    expect(printed).toBe("true true true");
  });

  test("importing opens nothing, loads nothing of the dashboard, and is quick", () => {
    const printed = run(
      "import-only.mjs",
      `import { createRequire } from "node:module";
       const opened = () => process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate|TCP|TLS|UDP|FSEvent|Worker|Process/.test(name)).length;
       const startMs = performance.now();
       await import("@telemetry/sdk");
       const isQuick = performance.now() - startMs < 500; // 50 ms on a quiet machine
       const loaded = Object.keys(createRequire(import.meta.url).cache).join();
       console.log(opened() === 0, isQuick, /dashboard|grpc/.test(loaded));`,
    );
    expect(printed).toBe("true true false");
  });

  test("the declarations compile in a strict project without our libraries", () => {
    write(
      "consumer.ts",
      `import { startTelemetry, startSpan, withSpan, traced, createCounter, log } from "@telemetry/sdk";
       const telemetry = startTelemetry({ serviceName: "typed" });
       const span = startSpan("a"); span.setAttribute("k", 1); span.end();
       const value: number = withSpan("b", () => 42);
       const double = traced("double", (x: number) => 2 * x);
       const doubled: number = double(value);
       createCounter("c").add(doubled); log.info("d");
       export const done: Promise<boolean> = telemetry.flush();`,
    );
    for (const [module, moduleResolution] of [
      ["node16", "node16"],
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ] as const) {
      const flags = ["--strict", "--noEmit", "--skipLibCheck", "false", "--target", "es2022"];
      // The API 1.9 itself names `console`, which only the DOM library or @types/node knows.
      const lib = ["--lib", apiVersion === "1.9.1" ? "es2022,dom" : "es2022", "--types", ""];
      const result = spawnSync(
        join(root, "node_modules/.bin/tsc"),
        [
          ...flags,
          ...lib,
          "--module",
          module,
          "--moduleResolution",
          moduleResolution,
          "consumer.ts",
        ],
        { cwd: directory, encoding: "utf8" },
      );
      expect(result.stdout, module).toBe("");
    }
  });
});
