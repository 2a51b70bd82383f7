// page.ts — the files of the page, from memory.
//
// The build gives every file but index.html a name with a hash of its content: those are cached for ever.
// Any other path that asks for HTML is a page of the application and gets index.html. Files that were
// compressed beforehand (name.br, name.gz) are sent so where the browser takes them.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context } from "hono";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** The page is a few files; a folder with more is not the page. */
const FILES_MAX = 1_000;
/** Vite's names: index-BxK3_9aQ.js. */
const HASHED_NAME = /-[\w-]{8,}\.\w+$/;

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>telemetry</title>
<h1>The page is not built</h1><p>The dashboard runs, and its API answers. Run <code>npm start</code> in a clone, which builds the page, or install the published package, which has it.</p></html>`;

interface PageFile {
  readonly type: string;
  readonly isHashed: boolean;
  /** By content encoding; "" is the file as it is. */
  readonly bodies: ReadonlyMap<"" | "br" | "gzip", Uint8Array<ArrayBuffer>>;
}

export class Page {
  readonly #files: ReadonlyMap<string, PageFile>;

  /** `directory` has index.html; without it the page says that it is not built. */
  constructor(directory: string | undefined) {
    this.#files = directory === undefined ? new Map() : readFiles(directory);
  }

  answer(context: Context): Response {
    const { path } = context.req;
    const file = this.#files.get(path);
    if (file !== undefined) return sendFile(context, file);
    const wantsPage = (context.req.header("accept") ?? "*/*").match(/text\/html|\*\/\*/) !== null;
    if (extname(path) !== "" || !wantsPage) return context.text("Not found", 404);
    const index = this.#files.get("/index.html");
    return index === undefined ? context.html(NOT_BUILT, 503) : sendFile(context, index);
  }
}

function sendFile(context: Context, { type, isHashed, bodies }: PageFile): Response {
  const accepted = context.req.header("accept-encoding") ?? "";
  const encoding =
    (["br", "gzip"] as const).find((name) => accepted.includes(name) && bodies.has(name)) ?? "";
  context.header("Content-Type", type);
  context.header("Cache-Control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
  context.header("Vary", "Accept-Encoding");
  if (encoding !== "") context.header("Content-Encoding", encoding);
  return context.body(bodies.get(encoding) as Uint8Array<ArrayBuffer>);
}

function readFiles(directory: string): Map<string, PageFile> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  if (names.length > FILES_MAX) {
    throw new RangeError(`Cannot serve "${directory}": it has more than ${FILES_MAX} files`);
  }
  const files = new Map<string, PageFile>();
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const path = `/${relative(directory, name).split(sep).join("/")}`;
    files.set(path, { type, isHashed: HASHED_NAME.test(name), bodies: readBodies(name) });
  }
  return files;
}

function readBodies(name: string): PageFile["bodies"] {
  const bodies = new Map([["" as const, new Uint8Array(readFileSync(name))]]) as Map<
    "" | "br" | "gzip",
    Uint8Array<ArrayBuffer>
  >;
  for (const [encoding, suffix] of [
    ["br", ".br"],
    ["gzip", ".gz"],
  ] as const) {
    if (existsSync(name + suffix))
      bodies.set(encoding, new Uint8Array(readFileSync(name + suffix)));
  }
  return bodies;
}

/** Where the built page is: beside the package's own build, or in the workspace, where the last build of the page wins. */
export function findPageDirectory(): string | undefined {
  const places = ["./web", "../web", "../../../web/dist", "../../dist/web"];
  return places
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((directory) => existsSync(join(directory, "index.html")));
}
