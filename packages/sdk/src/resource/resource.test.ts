import { readFileSync } from "node:fs";
import { hostname, release } from "node:os";
import { basename } from "node:path";
import { decodeRequest, readAttributes, readString } from "@telemetry/otlp";
import { describe, expect, test } from "vitest";
import { startSpan, startTelemetry } from "../index.ts";
import { Environment } from "../options/options.ts";
import { SDK_VERSION } from "../version.ts";
import { findContainerId } from "./container.ts";
import { SCHEMA_URL } from "./detectors.ts";
import { createResource, parseResourceAttributes } from "./resource.ts";
import type { ResourceOptions } from "./resource.ts";

function create(
  options: ResourceOptions = {},
  variables: Record<string, string> = {},
): { attributes: Record<string, unknown>; said: string[] } {
  const said: string[] = [];
  const say = (sentence: string): number => said.push(sentence);
  return {
    attributes: createResource(options, new Environment(variables, say), say).attributes,
    said,
  };
}

describe("the resource (1)", () => {
  test("says who speaks, with a name of its own for the SDK", () => {
    const { attributes } = create({
      serviceName: "shop",
      serviceVersion: "2",
      environment: "prod",
    });
    expect(attributes).toMatchObject({
      "service.name": "shop",
      "service.version": "2",
      "deployment.environment.name": "prod",
      "telemetry.sdk.name": "telemetry",
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.version": SDK_VERSION,
      "process.pid": process.pid,
    });
    expect(attributes["service.instance.id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("names the process, the machine and its system by the conventions", () => {
    const { attributes } = create();
    expect(attributes).toMatchObject({
      "process.executable.name": basename(process.execPath),
      "process.executable.path": process.execPath,
      "process.runtime.name": "nodejs",
      "process.runtime.version": process.versions.node,
      "host.name": hostname(),
      "os.version": release(),
    });
    expect(attributes["container.id"]).toBe(findContainerId());
    expect(attributes).not.toHaveProperty("process.command_args"); // arguments hold secrets
  });

  test("without a name is unknown_service, by the process", () => {
    expect(create().attributes["service.name"]).toMatch(/^unknown_service:/);
  });

  test("options beat OTEL_SERVICE_NAME, which beats OTEL_RESOURCE_ATTRIBUTES", () => {
    const variables = {
      OTEL_RESOURCE_ATTRIBUTES: "service.name=a,team=core%20team,service.version=1",
      OTEL_SERVICE_NAME: "b",
    };
    expect(create({}, variables).attributes).toMatchObject({
      "service.name": "b",
      team: "core team",
      "service.version": "1",
    });
    expect(
      create({ serviceName: "c", attributes: { team: "x" } }, variables).attributes,
    ).toMatchObject({
      "service.name": "c",
      team: "x",
    });
  });

  test("a part that cannot be read drops the whole variable, as specified", () => {
    for (const text of ["a=1,b", "a=%E0%A4", "=1"]) {
      const { attributes, said } = create({}, { OTEL_RESOURCE_ATTRIBUTES: text });
      expect(attributes).not.toHaveProperty("a");
      expect(said).toHaveLength(1);
    }
    expect(parseResourceAttributes(' a = "x" ,, b=2')).toEqual({ a: "x", b: "2" });
  });

  test("merges as OpenTelemetry JS expects of a Resource", () => {
    const resource = createResource({ serviceName: "a" }, new Environment({}, () => {}), () => {});
    const merged = resource.merge({ attributes: { "service.name": "b" } });
    expect(merged.attributes["service.name"]).toBe("b");
    expect(resource.merge(null).attributes).toEqual(resource.attributes);
    expect(resource.getRawAttributes()).toContainEqual(["service.name", "a"]);
  });

  test("names the conventions that it follows; two that differ leave none, nothing changes nothing", () => {
    const resource = createResource({}, new Environment({}, () => {}), () => {});
    expect(resource.schemaUrl).toBe(SCHEMA_URL);
    expect(resource.merge({}).schemaUrl).toBe(SCHEMA_URL);
    expect(resource.merge({ schemaUrl: "" }).schemaUrl).toBe(SCHEMA_URL);
    expect(resource.merge({ schemaUrl: SCHEMA_URL }).schemaUrl).toBe(SCHEMA_URL);
    const without = resource.merge({ schemaUrl: "https://opentelemetry.io/schemas/1.0.0" });
    expect(without).not.toHaveProperty("schemaUrl");
    expect(without.merge(resource).schemaUrl).toBe(SCHEMA_URL);
  });

  test("carries the version of package.json", () => {
    const manifest = new URL("../../package.json", import.meta.url);
    expect(JSON.parse(readFileSync(manifest, "utf8"))).toMatchObject({ version: SDK_VERSION });
  });
});

describe("OTEL_NODE_RESOURCE_DETECTORS", () => {
  const keysWith = (names: string): { keys: string[]; said: string[] } => {
    const { attributes, said } = create(
      {},
      { OTEL_NODE_RESOURCE_DETECTORS: names, OTEL_RESOURCE_ATTRIBUTES: "team=core" },
    );
    const always = /^(service\.name|telemetry\.sdk\..*)$/;
    return { keys: Object.keys(attributes).filter((key) => !always.test(key)), said };
  };

  test.each([
    ["none", []],
    ["host", ["host.name", "host.arch"]],
    [" OS , env", ["os.type", "os.version", "team"]],
    ["serviceinstance", ["service.instance.id"]],
    ["none,host", []],
  ])("'%s' finds %j", (names, keys) => {
    expect(keysWith(names)).toEqual({ keys, said: [] });
  });

  test("all is the default", () => {
    expect(keysWith("all")).toEqual(keysWith(""));
    expect(keysWith("").keys).toContain("process.pid");
  });

  test("an unknown one is said and left out", () => {
    const { keys, said } = keysWith("gcp,host");
    expect(keys).toEqual(["host.name", "host.arch"]);
    expect(said).toEqual([expect.stringContaining('Cannot use "gcp" of OTEL_NODE_RESOURCE_')]);
  });
});

describe("resourceDetectors", () => {
  test("find further attributes, below the variables and the options", () => {
    const { attributes } = create(
      {
        detectors: [
          { detect: () => ({ attributes: { "cloud.region": "a", team: "b", "host.name": "c" } }) },
          { detect: () => ({}) },
        ],
        attributes: { "cloud.region": "option" },
      },
      { OTEL_RESOURCE_ATTRIBUTES: "team=variable" },
    );
    expect(attributes).toMatchObject({
      "cloud.region": "option",
      team: "variable",
      "host.name": "c",
    });
  });

  test("one that throws finds nothing, one that is not ready says so; nothing is unhandled", async () => {
    const { attributes, said } = create({
      detectors: [
        {
          detect: () => {
            throw new Error("no metadata service");
          },
        },
        {
          detect: () => ({
            attributes: { now: 1, later: Promise.resolve("x"), never: Promise.reject(new Error()) },
          }),
        },
      ],
    });
    expect(attributes).toMatchObject({ now: 1 });
    expect(attributes).not.toHaveProperty("later");
    expect(said).toEqual([
      "A resource detector failed, and is left out: Error: no metadata service",
      expect.stringContaining("has not found yet (later, never): await it before the start"),
    ]);
    await new Promise((resolve) => void setImmediate(resolve));
  });

  test("and the schema URL leave with every request", async () => {
    const bodies: Buffer[] = [];
    const telemetry = startTelemetry({
      resourceDetectors: [{ detect: () => ({ attributes: { "cloud.region": "a" } }) }],
      transport: ({ url, body }) => {
        if (url.endsWith("/v1/traces")) bodies.push(Buffer.concat(body));
        return Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(0) });
      },
    });
    startSpan("s").end();
    await telemetry.shutdown();
    const batch = decodeRequest("traces", "protobuf", bodies.at(-1)!);
    expect(readString(batch, batch.resources.schemaUrl, 0)).toBe(SCHEMA_URL);
    const { attributes } = batch.resources;
    expect(readAttributes(batch, attributes[0]!, attributes[1]!)).toMatchObject({
      "cloud.region": "a",
    });
  });
});
