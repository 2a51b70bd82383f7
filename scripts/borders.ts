// borders.ts — holds the tree to the rules of ARCHITECTURE.md that no linter knows.
//
//   1. Imports follow one line: otlp ← sdk, otlp ← dashboard; web takes only types, and only of the contract.
//   2. Inside a package, a folder is entered through its face: the file that carries the folder's name.
//   3. Every path that ARCHITECTURE.md names exists, and the page has at most 200 lines.
//   4. No relative link in a Markdown file is dead.

import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";

const root = resolve(import.meta.dirname, "..");
const problems: string[] = [];

const IMPORT = /^\s*(?:import|export)\s+(type\s+)?[^"'`;]*?from\s+["']([^"']+)["']/gm;
/** Which workspace packages a package may import, and whether only as types. */
const ALLOWED: Record<string, Record<string, "values" | "types">> = {
  otlp: {},
  sdk: { "@telemetry/otlp": "values" },
  dashboard: { "@telemetry/otlp": "values" },
  web: { "@telemetry/dashboard/contract": "types" },
};

for (const packageName of Object.keys(ALLOWED)) {
  const source = join(root, "packages", packageName, "src");
  for (const file of globSync("**/*.{ts,tsx}", { cwd: source })) {
    checkImports(packageName, source, join(source, file));
  }
}
checkArchitecture();
for (const page of globSync(["*.md", "docs/**/*.md", "examples/**/*.md"], {
  cwd: root,
  exclude: (path) => path.includes("node_modules"),
})) {
  checkLinks(join(root, page));
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);

function checkImports(packageName: string, source: string, path: string): void {
  const isTest = /\.(test|bench)\.tsx?$/.test(path) || path.includes(`${sep}testdata${sep}`);
  for (const [, typeOnly, specifier = ""] of readFileSync(path, "utf8").matchAll(IMPORT)) {
    if (specifier.startsWith("@telemetry/")) {
      const border = specifier.replace(/^(@telemetry\/[^/]+)\/(encode|columns|to-json)$/, "$1");
      const allowed = ALLOWED[packageName]?.[border];
      const own = specifier.startsWith(`@telemetry/${packageName}`);
      if (allowed === undefined && !own && !isTest) complain(path, `imports ${specifier}`);
      if (allowed === "types" && typeOnly === undefined) {
        complain(path, `imports values of ${specifier}; only types cross this border`);
      }
    } else if (specifier.startsWith(".") && !isTest) {
      checkFace(source, path, resolve(dirname(path), specifier));
    }
  }
}

/** `a/x.ts` may import `b/b.ts`, not `b/y.ts`. Inside one station every file may see every other. */
function checkFace(source: string, from: string, to: string): void {
  const station = relative(source, to).split(sep)[0] ?? "";
  const own = relative(source, from).split(sep)[0];
  if (station === own || station === "" || station.includes(".")) return;
  const name = basename(to).replace(/\.tsx?$/, "");
  if (name !== basename(dirname(to))) {
    complain(from, `imports ${relative(source, to)}, which is not the face of its folder`);
  }
}

function checkArchitecture(): void {
  const path = join(root, "ARCHITECTURE.md");
  const text = readFileSync(path, "utf8");
  if (text.split("\n").length > 201) complain(path, "has more than 200 lines");
  for (const [, named = ""] of text.matchAll(/`([A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)+\/?)`/g)) {
    if (!existsSync(join(root, named)) && !existsSync(join(root, "packages", named))) {
      complain(path, `names ${named}, which does not exist`);
    }
  }
}

function checkLinks(path: string): void {
  const text = readFileSync(path, "utf8").replaceAll(/```[\s\S]*?```/g, "");
  for (const [, target = ""] of text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    if (!existsSync(resolve(dirname(path), decodeURI(target)))) {
      complain(path, `links to ${target}, which does not exist`);
    }
  }
}

function complain(path: string, what: string): void {
  problems.push(`${relative(root, path)}: ${what}`);
}
