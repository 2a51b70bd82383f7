// number.ts — counts, rates, shares and bytes as text.

const COUNT_UNITS = ["", " k", " M", " G", " T"] as const;
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** A whole number with thin groups up to 99 999, then three digits and a suffix: `12 480`, `1.25 M`. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return "–";
  if (Math.abs(count) < 100_000) return group(Math.round(count));
  return scaled(count, 1_000, COUNT_UNITS);
}

/** Three significant digits and a suffix: `0.0312`, `8.31`, `124`, `1.25 M`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 0.001) return trim(value.toExponential(2)).replace("-", "−");
  if (size < 1) return minus(trim(value.toPrecision(3)));
  if (size < 10_000) return Number.isInteger(value) ? group(value) : minus(digits(value));
  return scaled(value, 1_000, COUNT_UNITS);
}

/** Per second: `0 /s`, `0.25 /s`, `1.24 k/s`. */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return "–";
  const text = formatNumber(perSecond);
  return /[kMGT]$/.test(text) ? `${text}/s` : `${text} /s`;
}

/** A share of 1 as a percentage; small but present is never shown as nothing. */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return "–";
  const percent = share * 100;
  if (percent === 0) return "0 %";
  if (percent > 0 && percent < 0.01) return "< 0.01 %";
  return `${trim(percent >= 99.95 ? percent.toFixed(0) : percent.toPrecision(percent < 1 ? 2 : 3))} %`;
}

/** Bytes in powers of 1024: `0 B`, `1.50 KiB`, `12.4 MiB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return "–";
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1023.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const text = unit === 0 ? String(Math.round(value)) : digits(value);
  return `${bytes < 0 ? "−" : ""}${text} ${BYTE_UNITS[unit]!}`;
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let size = Math.abs(value);
  let unit = 0;
  while (size >= base - 0.5 && unit < units.length - 1) {
    size /= base;
    unit++;
  }
  return `${value < 0 ? "−" : ""}${digits(size)}${units[unit]!}`;
}

function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return value.toFixed(0);
  return value.toFixed(size >= 9.995 ? 1 : 2);
}

/** Groups of three, parted by a thin space that never breaks. */
function group(value: number): string {
  return minus(String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f"));
}

function minus(text: string): string {
  return text.replace(/^-/, "−");
}

function trim(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+($|e)/, "$1") : text;
}
