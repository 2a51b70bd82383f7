// packed.test.ts — the tarballs as a stranger's project sees them: no workspace, no source condition.
//
// A folder outside the workspace installs the SDK's tarball and one generation of the official API, and
// uses it as ESM, as CommonJS and from TypeScript; then it adds the optional package for gRPC, the oldest one that
// is allowed and the newest. Needs the npm registry for these; skipped without.

import { execFile, execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const GENERATIONS = [
  { apiVersion: "1.9.1", grpcVersion: "1.10.0" },
  { apiVersion: "1.10.0", grpcVersion: "1.14.7" },
];
/** Compressed, of everything that a default import loads: 115 KB in November 2026. */
const DEFAULT_IMPORT_SIZE_BYTES_MAX = 140_000;

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

describe.skipIf(!isRegistryReached).each(GENERATIONS)("with the API $apiVersion", (generation) => {
  const { apiVersion, grpcVersion } = generation;
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

  test("a default import has no code of gRPC and of JSON in it, and stays small", () => {
    const dist = join(directory, "node_modules/@telemetry/sdk/dist");
    const files = staticImports(join(dist, "index.js"));
    const code = [...files.values()].join("\n");
    expect(code).not.toMatch(/makeUnaryRequest|function encodeJsonRequest/);
    expect(gzipSync(code).length).toBeLessThan(DEFAULT_IMPORT_SIZE_BYTES_MAX);
    // What is left out is there, in files of its own.
    const all = globSync("*.js", { cwd: dist }).map((name) =>
      readFileSync(join(dist, name), "utf8"),
    );
    expect(all.join("\n")).toMatch(/makeUnaryRequest[\s\S]*function encodeJsonRequest/);
  });

  test("JSON is written by a part that is loaded when it is needed", () => {
    const printed = run(
      "json.mjs",
      `import { createServer } from "node:http";
       import { createRequire } from "node:module";
       const bodies = [];
       const server = createServer((request, response) => {
         request.on("data", (chunk) => bodies.push(JSON.parse(chunk))).on("end", () => response.end());
       }).listen(0, "127.0.0.1");
       await new Promise((resolve) => server.once("listening", resolve));
       const endpoint = "http://127.0.0.1:" + server.address().port;
       for (const load of [() => import("@telemetry/sdk"), () => createRequire(import.meta.url)("@telemetry/sdk")]) {
         const sdk = await load();
         sdk.startTelemetry({ endpoint, protocol: "http/json", runtimeMetrics: false });
         sdk.startSpan("one").end();
         await sdk.shutdown();
       }
       console.log(bodies.map((body) => body.resourceSpans[0].scopeSpans[0].spans[0].name).join());
       server.close();`,
    );
    expect(printed).toBe("one,one");
  });

  test("without @grpc/grpc-js one line says what adds it, and the app goes on (71)", () => {
    const { stdout, stderr } = spawnSync(process.execPath, [grpcApp("http://127.0.0.1:9")], {
      cwd: directory,
      encoding: "utf8",
    });
    expect(stdout.trim()).toBe("esm false\ncjs false");
    const sentence =
      'the package "@grpc/grpc-js" is not installed; "npm install @grpc/grpc-js" adds it';
    // Two starts in one process, each with one line.
    expect(stderr.split("\n").filter((line) => line.includes(sentence))).toHaveLength(2);
  });

  test(`with @grpc/grpc-js ${grpcVersion} spans arrive, and nothing keeps the process (69)`, async () => {
    const packageName = `@grpc/grpc-js@${grpcVersion}`;
    execFileSync("npm", ["install", "--silent", "--no-audit", packageName], { cwd: directory });
    const names: string[] = [];
    const server = createServer().on("stream", (stream) => {
      stream.on("data", (bytes: Buffer) => {
        names.push(...(bytes.toString("latin1").match(/esm|cjs/g) ?? []));
      });
      stream.on("end", () => {
        // An answer of gRPC: an empty message, and the status OK behind it.
        stream.respond({ "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.end(Buffer.alloc(5));
      });
    });
    await new Promise<void>((done) => {
      server.listen(0, "127.0.0.1", done);
    });
    const { port } = server.address() as AddressInfo;
    const app = grpcApp(`http://127.0.0.1:${port}`);
    const { stdout } = await promisify(execFile)(process.execPath, [app], { cwd: directory });
    expect(stdout.trim()).toBe("esm true\ncjs true");
    expect(names).toEqual(["esm", "cjs"]);
    server.close();
  });

  /** Sends a span as ES module and one as CommonJS, and prints whether each arrived. */
  function grpcApp(endpoint: string): string {
    write(
      "grpc-app.mjs",
      `import { createRequire } from "node:module";
       const loads = { esm: () => import("@telemetry/sdk"), cjs: () => createRequire(import.meta.url)("@telemetry/sdk") };
       for (const [name, load] of Object.entries(loads)) {
         const sdk = await load();
         const options = { protocol: "grpc", endpoint: ${JSON.stringify(endpoint)}, timeoutMs: 5_000 };
         const telemetry = sdk.startTelemetry({ ...options, runtimeMetrics: false });
         sdk.startSpan(name).end();
         console.log(name, await telemetry.flush(5_000));
         await telemetry.shutdown(10);
       }`,
    );
    return "grpc-app.mjs";
  }
});

/** A module and all that it imports before it runs, by path. */
function staticImports(path: string, found = new Map<string, string>()): Map<string, string> {
  if (found.has(path)) return found;
  const code = readFileSync(path, "utf8");
  found.set(path, code);
  for (const [, specifier = ""] of code.matchAll(/^(?:import|export)\b[^;]*?"(\.[^"]+)"/gm)) {
    staticImports(join(dirname(path), specifier), found);
  }
  return found;
}
