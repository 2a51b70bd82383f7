// theme.ts — the style sheet's colours for a canvas, which cannot read CSS variables itself.

import { SERVICE_COLOR_COUNT, serviceColorVariable } from "../core/color/color.ts";
import { SEVERITIES } from "../core/logs/logs.ts";

export interface CanvasTheme {
  readonly text: string;
  readonly textSoft: string;
  readonly textFaint: string;
  readonly surface: string;
  readonly hover: string;
  readonly selected: string;
  readonly match: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly accent: string;
  readonly shade: string;
  readonly error: string;
  readonly warn: string;
  readonly onBar: string;
  /** By palette place. */
  readonly services: readonly string[];
  /** In the order of SEVERITIES, then "none". */
  readonly severities: readonly string[];
  readonly font: string;
}

/** Reads the theme through a function that resolves a CSS variable; to be read again when the theme changes. */
export function readCanvasTheme(variable: (name: string) => string): CanvasTheme {
  return {
    text: variable("--text"),
    textSoft: variable("--text-soft"),
    textFaint: variable("--text-faint"),
    surface: variable("--surface"),
    hover: variable("--hover"),
    selected: variable("--selected"),
    match: variable("--match"),
    line: variable("--line"),
    lineStrong: variable("--line-strong"),
    accent: variable("--accent"),
    shade: variable("--shade"),
    error: variable("--error"),
    warn: variable("--warn"),
    onBar: variable("--on-bar"),
    services: Array.from({ length: SERVICE_COLOR_COUNT }, (_, place) =>
      variable(serviceColorVariable(place)),
    ),
    severities: [...SEVERITIES, "none"].map((severity) => variable(`--severity-${severity}`)),
    font: variable("--font-sans"),
  };
}

/** A resolved colour, `rgb(r, g, b)`, at 15 % opacity. */
export function faded(color: string): string {
  return color.replace(/^rgb\((.*)\)$/, "rgba($1, 0.15)");
}
