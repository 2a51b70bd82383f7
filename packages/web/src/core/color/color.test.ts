import { expect, test } from "vitest";
import { SERVICE_COLOR_COUNT, ServiceColors, serviceColorVariable } from "./color.ts";

test("services take places in the order of their appearance and keep them", () => {
  const colors = new ServiceColors(["gateway", "planner", "gateway"]);
  expect(colors.placeOf("planner")).toBe(1);
  expect(colors.placeOf("billing")).toBe(2);
  expect(colors.placeOf("gateway")).toBe(0);
  expect(colors.services).toEqual(["gateway", "planner", "billing"]);
});

test("twenty services have twenty colours, and the next begins again", () => {
  const names = Array.from({ length: SERVICE_COLOR_COUNT + 1 }, (_, place) => `service ${place}`);
  const places = names.map((name) => new ServiceColors(names).placeOf(name));
  expect(new Set(places.slice(0, -1)).size).toBe(SERVICE_COLOR_COUNT);
  expect(places.at(-1)).toBe(0);
  expect(serviceColorVariable(SERVICE_COLOR_COUNT + 2)).toBe("--service-2");
});
