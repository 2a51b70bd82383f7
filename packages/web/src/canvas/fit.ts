// fit.ts — device pixels.

interface FittableCanvas {
  width: number;
  height: number;
  getContext(kind: "2d"): CanvasRenderingContext2D | null;
}

/**
 * Sizes a canvas for the screen's pixel ratio and returns its cleared context, scaled to CSS pixels.
 * The backing store is only touched when the size changed, because that reallocates it.
 */
export function fitCanvas(
  canvas: FittableCanvas,
  width: number,
  height: number,
  pixelRatio: number,
): CanvasRenderingContext2D {
  const [deviceWidth, deviceHeight] = [
    Math.round(width * pixelRatio),
    Math.round(height * pixelRatio),
  ];
  if (canvas.width !== deviceWidth) canvas.width = deviceWidth;
  if (canvas.height !== deviceHeight) canvas.height = deviceHeight;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("Cannot draw: the browser gives no 2D context");
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
