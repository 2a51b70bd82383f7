// payload-files.ts — real payloads that are kept beside the repository, in ../shared/data.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Encoding, Signal } from "../index.ts";

const DATA = new URL("../../../../../shared/data/", import.meta.url);

/** Why the tests over real payloads are skipped; undefined when the payloads are there. */
export const MISSING_PAYLOADS = existsSync(DATA)
  ? undefined
  : "../shared/data is not here: the payloads of other senders are kept outside of the repository";

export interface PayloadFile {
  readonly name: string;
  readonly signal: Signal;
  readonly encoding: Encoding;
  readonly body: Uint8Array;
}

/** The requests captured from eight senders. */
export function corpusFiles(): PayloadFile[] {
  return filesOf("otlp-corpus/", /-(traces|logs|metrics)\.(bin|json)$/);
}

/** The same payloads as JSON and protobuf. A file of JSON lines gives one payload per line. */
export function equalFiles(): PayloadFile[] {
  return filesOf("otlp-equal/testdata/", /^(trace|log|metric)s?.*\.(pb|json|jsonl)$/);
}

/** Payloads that are wrong. */
export function invalidFiles(): PayloadFile[] {
  return filesOf("otlp-equal/testdata/invalid/", /\.json$/);
}

function filesOf(folder: string, pattern: RegExp): PayloadFile[] {
  if (MISSING_PAYLOADS !== undefined) return [];
  const names = readdirSync(new URL(folder, DATA)).filter((name) => pattern.test(name));
  return names.flatMap((name) => {
    const body = new Uint8Array(readFileSync(new URL(folder + name, DATA)));
    const encoding = /\.json/.test(name) ? "json" : "protobuf";
    const bodies = name.endsWith(".jsonl") ? linesOf(body) : [body];
    return bodies.map((part, line) => ({
      name: bodies.length > 1 ? `${name}:${line + 1}` : name,
      signal: signalOf(name),
      encoding,
      body: part,
    }));
  });
}

function signalOf(name: string): Signal {
  if (name.includes("trace")) return "traces";
  return name.includes("metric") ? "metrics" : "logs";
}

function linesOf(body: Uint8Array): Uint8Array[] {
  const lines = new TextDecoder().decode(body).split("\n");
  return lines.filter((line) => line.trim() !== "").map((line) => new TextEncoder().encode(line));
}
