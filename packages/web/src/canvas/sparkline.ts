// sparkline.ts — a line of recent values without axes.

export interface SparklineOptions {
  readonly width: number;
  readonly height: number;
  readonly color: string;
  /** The value at the top; the greatest one when absent. */
  readonly max?: number;
  /** The course of a level matters, not its height: the values fill the picture, and nothing is filled below. */
  readonly isLevel?: boolean;
}

/** Draws the values from left to right; NaN is a gap. A line at zero is drawn faintly, so that quiet differs from unknown. */
export function drawSparkline(
  context: CanvasRenderingContext2D,
  values: ArrayLike<number>,
  options: SparklineOptions,
): void {
  const { width, height, color } = options;
  const [bottom, top] = rangeOf(values, options);
  const xAt = (place: number): number =>
    values.length < 2 ? width : (place / (values.length - 1)) * width;
  const yAt = (value: number): number =>
    height - 1.5 - Math.min(1, (value - bottom) / (top - bottom || 1)) * (height - 3);
  for (const [first, last] of runs(values)) {
    context.beginPath();
    context.moveTo(xAt(first), yAt(values[first]!));
    for (let place = first + 1; place <= last; place++)
      context.lineTo(xAt(place), yAt(values[place]!));
    if (first === last) context.lineTo(xAt(first) + 1, yAt(values[first]!));
    context.strokeStyle = color;
    context.lineWidth = 1.25;
    context.lineJoin = "round";
    context.stroke();
    if (options.isLevel === true) continue;
    context.lineTo(xAt(last), height);
    context.lineTo(xAt(first), height);
    context.closePath();
    context.globalAlpha = 0.12;
    context.fillStyle = color;
    context.fill();
    context.globalAlpha = 1;
  }
}

/** The values at the bottom and at the top edge. A level that hardly moves stays a calm line in the middle. */
function rangeOf(
  values: ArrayLike<number>,
  options: SparklineOptions,
): [bottom: number, top: number] {
  let [least, most] = [Infinity, 0];
  for (let place = 0; place < values.length; place++) {
    const value = values[place]!;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (options.isLevel !== true) return [0, options.max ?? most];
  const room = Math.max((most - least) * 0.25, most * 0.05);
  return [least - room, most + room];
}

/** First and last place of each stretch without gaps. */
function* runs(values: ArrayLike<number>): Generator<[first: number, last: number]> {
  let first = -1;
  for (let place = 0; place <= values.length; place++) {
    const isKnown = place < values.length && !Number.isNaN(values[place]!);
    if (isKnown && first === -1) first = place;
    if (isKnown || first === -1) continue;
    yield [first, place - 1];
    first = -1;
  }
}
