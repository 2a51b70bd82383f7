// checked.ts — options whose value is checked alone: what comes back can be used. Each throws a sentence that names
// the option.

import type { SignalName } from "./telemetry-options.ts";

/** `<base>/v1/<signal>`. `name`: what a sentence calls the base. */
export function signalUrl(base: string, signal: SignalName, name = "endpoint"): string {
  const checked = checkedUrl(base, name);
  return `${checked.endsWith("/") ? checked : `${checked}/`}v1/${signal}`;
}

export function checkedUrl(text: string, name: string): string {
  if (!/^https?:\/\/./.test(text) || !URL.canParse(text)) {
    throw new TypeError(
      `Cannot use ${name} "${text}": it is not an address that starts with http:// or https://`,
    );
  }
  return text;
}

export function positive(name: string, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`Cannot use option ${name}: it must be above 0, current value is ${value}`);
}
