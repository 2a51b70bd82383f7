// settings.ts — what a reader chose once: theme, time zone, width of the tree. Kept in this browser only.

import { effect, signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { Zone } from "../../core/time/time.ts";

export type Theme = "system" | "light" | "dark";

export const theme: Signal<Theme> = stored("theme", ["system", "light", "dark"]);
export const zone: Signal<Zone> = stored("zone", ["local", "utc"]);
export const wrapsLogs: Signal<"no" | "yes"> = stored("wrap", ["no", "yes"]);

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
/** Which theme is on screen; canvases draw again when it changes. */
export const shownTheme = signal<"light" | "dark">("light");

effect(() => {
  const root = document.documentElement;
  if (theme.value === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme.value;
  const update = (): void => {
    shownTheme.value =
      theme.peek() === "system"
        ? systemIsDark.matches
          ? "dark"
          : "light"
        : (theme.peek() as "light");
  };
  update();
  systemIsDark.addEventListener("change", update);
  return () => systemIsDark.removeEventListener("change", update);
});

/** System, then the opposite of what the system shows, then back. */
export function switchTheme(): void {
  theme.value = shownTheme.value === "dark" ? "light" : "dark";
}

export function switchZone(): void {
  zone.value = zone.value === "local" ? "utc" : "local";
}

function stored<const Values extends readonly [string, ...string[]]>(
  name: string,
  values: Values,
): Signal<Values[number]> {
  const key = `telemetry.${name}`;
  const setting = signal<Values[number]>(values.find((value) => value === read(key)) ?? values[0]);
  effect(() => write(key, setting.value));
  return setting;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is forbidden here: the default holds
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // storage is forbidden or full: the choice holds until the page closes
  }
}
