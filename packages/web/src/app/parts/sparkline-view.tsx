// sparkline-view.tsx — a line of recent values in a table or a card.

import type { JSX } from "preact";
import { drawSparkline } from "../../canvas/canvas.ts";
import type { CanvasTheme } from "../../canvas/canvas.ts";
import { CanvasView, useCanvasTheme } from "./canvas-view.tsx";

export function Sparkline(props: {
  values: ArrayLike<number>;
  color: (theme: CanvasTheme) => string;
  max?: number;
  isLevel?: boolean;
  class?: string;
}): JSX.Element {
  const theme = useCanvasTheme();
  return (
    <CanvasView
      class={`sparkline ${props.class ?? ""}`}
      draw={(context, { width, height }) =>
        drawSparkline(context, props.values, {
          width,
          height,
          color: props.color(theme),
          isLevel: props.isLevel === true,
          ...(props.max === undefined ? {} : { max: props.max }),
        })
      }
    />
  );
}
