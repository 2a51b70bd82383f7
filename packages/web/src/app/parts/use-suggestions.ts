// use-suggestions.ts — what the filter offers: the language's own fields, then the attributes that rows have,
// each with how many rows have it.

import type { FacetSignal } from "../../core/api/api.ts";
import { parseDraft, suggestKeys, suggestValues } from "../../core/filter/filter.ts";
import type { KnownKey, KnownValue, Suggestion } from "../../core/filter/filter.ts";
import { formatCount } from "../../core/format/format.ts";
import { resolveRange } from "../../core/time/time.ts";
import { range } from "../state/location.ts";
import { useQuery } from "../state/query.ts";
import { api } from "../state/session.ts";

const FIELDS: Readonly<Record<FacetSignal, readonly KnownKey[]>> = {
  traces: [
    { key: "service", note: "who recorded it" },
    { key: "name", note: "of the span" },
    { key: "status", note: "error, ok or unset" },
    { key: "duration", note: "100ms, 1.5s" },
    { key: "kind", note: "server, client, …" },
  ],
  logs: [
    { key: "service", note: "who said it" },
    { key: "severity", note: "warn and above" },
    { key: "body", note: "what it said" },
    { key: "trace", note: "32 hex digits" },
  ],
};

const VALUES: Readonly<Record<string, readonly string[]>> = {
  status: ["error", "ok", "unset"],
  kind: ["server", "client", "internal", "producer", "consumer"],
  severity: ["fatal", "error", "warn", "info", "debug"],
  duration: ["10ms", "100ms", "1s", "10s"],
};

/** Nothing while the field has no focus, and nothing that the API would have to be asked for twice. */
export function useSuggestions(
  signal: FacetSignal,
  draft: string,
  isFocused: boolean,
): readonly Suggestion[] {
  const part = isFocused ? parseDraft(draft) : undefined;
  const key = part?.type === "value" ? part.key : undefined;
  const isAsked = key !== undefined && VALUES[key] === undefined;
  const scope = `${signal} ${JSON.stringify(range.value)}`;
  const keys = useQuery(
    `facets ${scope}`,
    (closed) => api.facetKeys(resolveRange(range.value, Date.now()), signal, closed),
    { isEnabled: isFocused },
  );
  const values = useQuery(
    `facets ${scope} ${key ?? ""}`,
    async (closed) => ({
      key,
      ...(await api.facetValues(resolveRange(range.value, Date.now()), signal, key!, closed)),
    }),
    { isEnabled: isFocused && isAsked },
  );
  if (part === undefined) return [];
  if (part.type === "key") {
    const attributes = (keys.data?.keys ?? []).map((one) => ({
      key: one.key,
      note: formatCount(one.count),
    }));
    return suggestKeys(part.typed, [...FIELDS[signal], ...attributes]);
  }
  const isField = FIELDS[signal].some((field) => field.key === part.key);
  const known: readonly KnownValue[] = isAsked
    ? valuesOf(values.data?.key === key ? values.data?.values : undefined)
    : VALUES[part.key]!.map((value) => ({ value, note: "" }));
  return suggestValues(part, known, isField);
}

function valuesOf(
  values: readonly { value: string; type: string; count: number }[] | undefined,
): KnownValue[] {
  return (values ?? []).map(({ value, type, count }) => ({
    value: type === "number" ? Number(value) : type === "boolean" ? value === "true" : value,
    note: formatCount(count),
  }));
}
