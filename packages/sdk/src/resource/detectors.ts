// detectors.ts — what a process can find out about itself, and about where it runs, without asking the network.
//
// Named as in OTEL_NODE_RESOURCE_DETECTORS, which chooses among them. What is secret or personal is not looked for:
// the arguments of the command, the name of the user, the id of the machine (which systemd asks to keep to oneself).

import { randomUUID } from "node:crypto";
import { hostname, release } from "node:os";
import { basename } from "node:path";
import type { Attributes } from "@opentelemetry/api";
import type { ResourceDetector } from "../foreign/foreign.ts";
import type { Environment } from "../options/options.ts";
import { findContainerId } from "./container.ts";

/** The semantic conventions whose names are used here. */
export const SCHEMA_URL = "https://opentelemetry.io/schemas/1.45.0";

const DETECTORS: Readonly<Record<string, () => Record<string, string | number | undefined>>> = {
  serviceinstance: () => ({ "service.instance.id": randomUUID() }),
  process: () => ({
    "process.pid": process.pid,
    "process.executable.name": basename(process.execPath),
    "process.executable.path": process.execPath,
    "process.command": process.argv[1],
    "process.runtime.name": "nodejs",
    "process.runtime.version": process.versions.node,
  }),
  host: () => ({
    "host.name": hostname(),
    "host.arch": HOST_ARCHITECTURES[process.arch] ?? process.arch,
  }),
  os: () => ({
    "os.type": process.platform === "win32" ? "windows" : process.platform,
    "os.version": release(),
  }),
  container: () => ({ "container.id": findContainerId() }),
};

/** Names of the semantic conventions where Node has its own. */
const HOST_ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "amd64",
  arm: "arm32",
  ia32: "x86",
};

/** Reads OTEL_RESOURCE_ATTRIBUTES; a detector like the others to those who choose. */
const ENV = "env";
const NAMES: readonly string[] = [ENV, ...Object.keys(DETECTORS)];

export interface DetectorChoice {
  readonly attributes: Attributes;
  /** Whether OTEL_RESOURCE_ATTRIBUTES counts. */
  readonly readsEnvironment: boolean;
}

/** What the detectors find that OTEL_NODE_RESOURCE_DETECTORS names; all of them unless it is set. */
export function detectHere(environment: Environment): DetectorChoice {
  const names = namesOf(environment);
  const found = names.flatMap((name) => Object.entries(DETECTORS[name]?.() ?? {}));
  return {
    attributes: Object.fromEntries(found.filter(([, value]) => value !== undefined)),
    readsEnvironment: names.includes(ENV),
  };
}

function namesOf(environment: Environment): readonly string[] {
  const given = environment.list("OTEL_NODE_RESOURCE_DETECTORS") ?? ["all"];
  if (given.includes("none")) return [];
  const unknown = given.filter((name) => name !== "all" && !NAMES.includes(name));
  if (unknown.length > 0) {
    environment.say(
      `Cannot use "${unknown.join(", ")}" of OTEL_NODE_RESOURCE_DETECTORS: there are ${NAMES.join(", ")}, all and none; pass others as option resourceDetectors`,
    );
  }
  return given.includes("all") ? NAMES : given;
}

/** What a detector of OpenTelemetry JS found. One that throws finds nothing. */
export function runDetector(
  detector: ResourceDetector,
  say: (sentence: string) => void,
): { attributes: Attributes; schemaUrl: string | undefined } {
  try {
    const { attributes = {}, schemaUrl } = detector.detect();
    const known: Attributes = {};
    const later: string[] = [];
    for (const [key, value] of Object.entries(attributes)) {
      if (isPromise(value)) later.push(key);
      else if (value !== undefined) known[key] = value;
    }
    if (later.length > 0) {
      say(
        `Cannot use what a resource detector has not found yet (${later.join(", ")}): await it before the start, and pass it as resourceAttributes`,
      );
    }
    return { attributes: known, schemaUrl };
  } catch (error) {
    say(`A resource detector failed, and is left out: ${String(error)}`);
    return { attributes: {}, schemaUrl: undefined };
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  const isThenable =
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function";
  // Nobody else will look whether it fails.
  if (isThenable) Promise.resolve(value).catch(() => undefined);
  return isThenable;
}
