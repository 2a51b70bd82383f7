// recording-context.ts — a 2D context that notes what was drawn instead of drawing it.

import type { CanvasTheme } from "../canvas.ts";

export interface Drawn {
  readonly call: string;
  readonly args: readonly unknown[];
  readonly fillStyle: unknown;
  readonly strokeStyle: unknown;
}

/** Text is taken to be 6 pixels per character. */
export function recordingContext(): { context: CanvasRenderingContext2D; drawn: Drawn[]; calls: (name: string) => Drawn[] } {
  const drawn: Drawn[] = [];
  const state: Record<string, unknown> = { fillStyle: "", strokeStyle: "", globalAlpha: 1 };
  const context = new Proxy(state, {
    get: (target, name) => {
      if (typeof name !== "string" || name in target) return Reflect.get(target, name);
      if (name === "measureText") return (text: string) => ({ width: text.length * 6 });
      if (name === "createLinearGradient") return () => ({ stops: [], addColorStop() {} });
      return (...args: unknown[]) => {
        drawn.push({ call: name, args, fillStyle: target["fillStyle"], strokeStyle: target["strokeStyle"] });
      };
    },
  });
  return {
    context: context as unknown as CanvasRenderingContext2D,
    drawn,
    calls: (name) => drawn.filter((one) => one.call === name),
  };
}

export const THEME: CanvasTheme = {
  text: "text",
  textSoft: "text-soft",
  textFaint: "text-faint",
  surface: "surface",
  hover: "hover",
  selected: "selected",
  match: "match",
  line: "line",
  lineStrong: "line-strong",
  accent: "accent",
  shade: "shade",
  error: "error",
  warn: "warn",
  onBar: "on-bar",
  services: ["service-0", "service-1", "service-2"],
  severities: ["trace", "debug", "info", "warn", "error", "fatal", "none"],
  font: "sans",
};
