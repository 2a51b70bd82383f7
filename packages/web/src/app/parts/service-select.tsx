// service-select.tsx — the shared filter's service.

import type { JSX } from "preact";
import { findTerm, replaceTerm } from "../../core/filter/filter.ts";
import { resolveRange } from "../../core/time/time.ts";
import { filter, navigate, range } from "../state/location.ts";
import { useQuery } from "../state/query.ts";
import { noteServices, serviceNames } from "../state/services.ts";
import { api } from "../state/session.ts";

const KEYS = ["service", "service.name"] as const;

export function ServiceSelect(): JSX.Element {
  useQuery(`names ${JSON.stringify(range.value)}`, async (signal) => {
    const { services } = await api.services(resolveRange(range.value, Date.now()), signal);
    noteServices(services.map((service) => service.name));
    return services.length;
  });
  const value = findTerm(filter.value, KEYS, "=") ?? "";
  const names =
    value === "" || serviceNames.value.includes(value)
      ? serviceNames.value
      : [value, ...serviceNames.value];
  return (
    <select
      class="select"
      aria-label="Service"
      value={value}
      onChange={(event) => {
        const next = event.currentTarget.value;
        navigate({ filter: replaceTerm(filter.value, KEYS, "=", next === "" ? undefined : next) });
      }}
    >
      <option value="">All services</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
