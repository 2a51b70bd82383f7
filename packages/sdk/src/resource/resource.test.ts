import { readFileSync } from "node:fs";
import { hostname, release } from "node:os";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { Environment } from "../options/options.ts";
import { SDK_VERSION } from "../version.ts";
import { findContainerId } from "./container.ts";
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

  test("carries the version of package.json", () => {
    const manifest = new URL("../../package.json", import.meta.url);
    expect(JSON.parse(readFileSync(manifest, "utf8"))).toMatchObject({ version: SDK_VERSION });
  });
});
