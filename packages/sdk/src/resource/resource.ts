// resource.ts — says who is speaking: the attributes that all three signals of a process share.
//
//   what the process knows of itself  <  OTEL_RESOURCE_ATTRIBUTES  <  OTEL_SERVICE_NAME  <  options
//
// Later ones win. Nothing is asked over the network.

import { randomUUID } from "node:crypto";
import { hostname, release } from "node:os";
import { basename } from "node:path";
import type { Attributes } from "@opentelemetry/api";
import { SDK_NAME, SDK_VERSION } from "../version.ts";
import type { Environment } from "../options/options.ts";
import { findContainerId } from "./container.ts";

export interface ResourceOptions {
  serviceName?: string | undefined;
  serviceVersion?: string | undefined;
  /** `deployment.environment.name`, such as "production". */
  environment?: string | undefined;
  attributes?: Attributes | undefined;
}

/** What OpenTelemetry JS calls a Resource, for processors and exporters written for it. */
export interface Resource {
  readonly attributes: Attributes;
  readonly schemaUrl?: string;
  readonly asyncAttributesPending: false;
  getRawAttributes(): [string, unknown][];
  merge(other: { attributes: Attributes } | null): Resource;
}

/** Attributes of this process. `pairs` that cannot be read in OTEL_RESOURCE_ATTRIBUTES drop all of it, as specified. */
export function createResource(
  options: ResourceOptions,
  environment: Environment,
  onInvalid: (sentence: string) => void,
): Resource {
  const given = environment.text("OTEL_RESOURCE_ATTRIBUTES");
  const fromEnvironment = given === undefined ? {} : parseResourceAttributes(given);
  if (fromEnvironment === undefined) {
    onInvalid(
      'Cannot read OTEL_RESOURCE_ATTRIBUTES: it is not "key=value,key=value" with percent-encoded values, and is ignored',
    );
  }
  return resourceOf({
    ...processAttributes(),
    ...fromEnvironment,
    ...defined({ "service.name": environment.text("OTEL_SERVICE_NAME") }),
    ...defined({
      "service.name": options.serviceName,
      "service.version": options.serviceVersion,
      "deployment.environment.name": options.environment,
    }),
    ...options.attributes,
  });
}

/** `key=value,key=value`, values percent-encoded; undefined when any part is not of this form. */
export function parseResourceAttributes(text: string): Record<string, string> | undefined {
  const attributes: Record<string, string> = {};
  for (const pair of text.split(",")) {
    if (pair.trim() === "") continue;
    const equals = pair.indexOf("=");
    const key = pair.slice(0, Math.max(equals, 0)).trim();
    if (key === "") return undefined;
    try {
      attributes[key] = decodeURIComponent(
        pair
          .slice(equals + 1)
          .trim()
          .replace(/^"(.*)"$/, "$1"),
      );
    } catch {
      return undefined;
    }
  }
  return attributes;
}

function processAttributes(): Attributes {
  return {
    "service.name": `unknown_service:${basename(process.argv0)}`,
    "service.instance.id": randomUUID(),
    "telemetry.sdk.name": SDK_NAME,
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": SDK_VERSION,
    "process.pid": process.pid,
    "process.executable.name": basename(process.execPath),
    "process.runtime.name": "nodejs",
    "process.runtime.version": process.versions.node,
    "process.executable.path": process.execPath,
    ...defined({ "process.command": process.argv[1] }),
    "host.name": hostname(),
    "host.arch": HOST_ARCHITECTURES[process.arch] ?? process.arch,
    "os.type": process.platform === "win32" ? "windows" : process.platform,
    "os.version": release(),
    ...defined({ "container.id": findContainerId() }),
  };
}

/** Names of the semantic conventions where Node has its own. */
const HOST_ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "amd64",
  arm: "arm32",
  ia32: "x86",
};

function resourceOf(attributes: Attributes): Resource {
  return {
    attributes,
    asyncAttributesPending: false,
    getRawAttributes: () => Object.entries(attributes),
    merge: (other) => resourceOf({ ...attributes, ...other?.attributes }),
  };
}

function defined(attributes: Record<string, string | undefined>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
