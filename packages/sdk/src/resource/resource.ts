// resource.ts — says who is speaking: the attributes that all three signals of a process share.
//
//   what the process knows of itself  <  detectors of the app  <  OTEL_RESOURCE_ATTRIBUTES  <  OTEL_SERVICE_NAME  <  options
//
// Later ones win. Nothing is asked over the network.

import { basename } from "node:path";
import type { Attributes } from "@opentelemetry/api";
import type { ResourceDetector } from "../foreign/foreign.ts";
import type { Environment } from "../options/options.ts";
import { SDK_NAME, SDK_VERSION } from "../version.ts";
import { detectHere, runDetector, SCHEMA_URL } from "./detectors.ts";

export interface ResourceOptions {
  serviceName?: string | undefined;
  serviceVersion?: string | undefined;
  /** `deployment.environment.name`, such as "production". */
  environment?: string | undefined;
  attributes?: Attributes | undefined;
  /** Written for OpenTelemetry JS. */
  detectors?: readonly ResourceDetector[] | undefined;
}

/** Attributes with the version of the conventions that named them, as a resource or as what a detector found. */
export interface ResourcePart {
  readonly attributes?: Attributes;
  readonly schemaUrl?: string | undefined;
}

/** What OpenTelemetry JS calls a Resource, for processors and exporters written for it. */
export interface Resource {
  readonly attributes: Attributes;
  readonly schemaUrl?: string;
  readonly asyncAttributesPending: false;
  getRawAttributes(): [string, unknown][];
  /** The other's attributes win. Two schema URLs that differ leave none. */
  merge(other: ResourcePart | null): Resource;
}

/** Attributes of this process. A pair that cannot be read drops all of OTEL_RESOURCE_ATTRIBUTES, as specified. */
export function createResource(
  options: ResourceOptions,
  environment: Environment,
  say: (sentence: string) => void,
): Resource {
  const here = detectHere(environment);
  const self = resourceOf({
    attributes: {
      "service.name": `unknown_service:${basename(process.argv0)}`,
      "telemetry.sdk.name": SDK_NAME,
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.version": SDK_VERSION,
      ...here.attributes,
    },
    schemaUrl: SCHEMA_URL,
  });
  const parts: ResourcePart[] = [
    ...(options.detectors ?? []).map((detector) => runDetector(detector, say)),
    { attributes: here.readsEnvironment ? attributesOfEnvironment(environment, say) : {} },
    { attributes: defined({ "service.name": environment.text("OTEL_SERVICE_NAME") }) },
    {
      attributes: defined({
        "service.name": options.serviceName,
        "service.version": options.serviceVersion,
        "deployment.environment.name": options.environment,
      }),
    },
    { attributes: options.attributes ?? {} },
  ];
  return parts.reduce((resource: Resource, part) => resource.merge(part), self);
}

function attributesOfEnvironment(
  environment: Environment,
  say: (sentence: string) => void,
): Attributes {
  const given = environment.text("OTEL_RESOURCE_ATTRIBUTES");
  const attributes = given === undefined ? {} : parseResourceAttributes(given);
  if (attributes !== undefined) return attributes;
  say(
    'Cannot read OTEL_RESOURCE_ATTRIBUTES: it is not "key=value,key=value" with percent-encoded values, and is ignored',
  );
  return {};
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

function resourceOf({ attributes = {}, schemaUrl }: ResourcePart): Resource {
  return {
    attributes,
    ...(schemaUrl === undefined ? {} : { schemaUrl }),
    asyncAttributesPending: false,
    getRawAttributes: () => Object.entries(attributes),
    merge: (other) =>
      resourceOf({
        attributes: { ...attributes, ...other?.attributes },
        schemaUrl: mergedSchema(schemaUrl, other?.schemaUrl),
      }),
  };
}

/** One that is not there, or empty, says nothing. */
function mergedSchema(own: string | undefined, other: string | undefined): string | undefined {
  if (!other || other === own) return own;
  return own === undefined || own === "" ? other : undefined;
}

function defined(attributes: Record<string, string | undefined>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
