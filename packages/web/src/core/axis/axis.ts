// axis.ts — round numbers for axes. The face of `axis`.

/** Ticks in [from, to] at a step of 1, 2 or 5 times a power of ten; about `count` of them. */
export function niceTicks(
  from: number,
  to: number,
  count: number,
): { step: number; ticks: number[] } {
  const range = to - from;
  if (!(range > 0) || count < 1) return { step: 1, ticks: [] };
  const rough = range / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.999)!;
  const step = factor * power;
  const ticks: number[] = [];
  const first = Math.ceil(from / step - 1e-9) + 0; // never minus zero
  const last = Math.floor(to / step + 1e-9);
  for (let index = first; index <= last; index++) ticks.push(index * step);
  return { step, ticks };
}

const STEPS_S = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400,
] as const;

/** The round step in milliseconds that puts at most `countMax` points on a range. */
export function roundStepMs(rangeMs: number, countMax: number): number {
  const seconds = rangeMs / 1_000 / countMax;
  return (STEPS_S.find((step) => step >= seconds) ?? STEPS_S.at(-1)!) * 1_000;
}
