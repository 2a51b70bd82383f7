// names.ts — OpenTelemetry's names, units and attribute keys in the spelling of Prometheus
// (compatibility/prometheus_and_openmetrics.md of the specification).
//
//   http.server.request.duration, s   →   http_server_request_duration_seconds
//   jobs.done, {job}, a counter       →   jobs_done_total

const UNITS: Readonly<Record<string, string>> = {
  d: "days",
  h: "hours",
  min: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  TiBy: "tebibytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  TBy: "terabytes",
  m: "meters",
  V: "volts",
  A: "amperes",
  J: "joules",
  W: "watts",
  g: "grams",
  Cel: "celsius",
  Hz: "hertz",
  "%": "percent",
};

const PER_UNITS: Readonly<Record<string, string>> = {
  s: "second",
  m: "minute",
  h: "hour",
  d: "day",
  w: "week",
  mo: "month",
  y: "year",
};

export type PrometheusType = "counter" | "gauge" | "histogram";

/** The name of a metric's family, without the `_total` of a counter. */
export function familyName(name: string, unit: string, type: PrometheusType): string {
  const base = withoutSuffix(cleaned(name), "_total");
  const suffix = unitSuffix(unit, type);
  return suffix === "" || base.endsWith(`_${suffix}`) || base === suffix
    ? base
    : `${base}_${suffix}`;
}

/** Letters, digits, underscores, and no digit first. */
export function labelName(key: string): string {
  return cleaned(key.replaceAll(":", "_"));
}

/** `\`, line feeds and, in labels, quotes are escaped. */
export function escapedLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

export function escapedHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function cleaned(name: string): string {
  const clean = name.replaceAll(/[^a-zA-Z0-9_:]/gu, "_").replaceAll(/_{2,}/gu, "_");
  return /^[0-9]/u.test(clean) ? `_${clean}` : clean;
}

function unitSuffix(unit: string, type: PrometheusType): string {
  const plain = unit.replaceAll(/\{[^}]*\}/gu, "").trim();
  if (plain === "1") return type === "gauge" ? "ratio" : "";
  const [whole = "", per] = plain.split("/", 2);
  const word = cleaned(UNITS[whole] ?? whole);
  const perWord = per === undefined || per === "" ? "" : `per_${cleaned(PER_UNITS[per] ?? per)}`;
  return [word, perWord].filter((part) => part !== "").join("_");
}

function withoutSuffix(text: string, suffix: string): string {
  return text.endsWith(suffix) && text !== suffix ? text.slice(0, -suffix.length) : text;
}
