// use-series-colors.ts — colours of a chart's series that stay when the next answer has them in another order.

import type { MetricSeries } from "@telemetry/dashboard/contract";
import { useRef } from "preact/hooks";
import { ServiceColors } from "../../core/color/color.ts";
import { seriesLabel } from "../../core/metrics/metrics.ts";
import { serviceColor } from "../state/services.ts";

/** The palette place of each series. A series that is a service has the colour that the service has elsewhere. */
export function useSeriesColors(series: readonly MetricSeries[]): number[] {
  const colors = useRef(new ServiceColors());
  return series.map(({ attributes }) => {
    const [[key, value] = ["", ""], ...others] = Object.entries(attributes);
    const isService = others.length === 0 && (key === "service" || key === "service.name");
    return isService && typeof value === "string"
      ? serviceColor(value)
      : colors.current.placeOf(seriesLabel(attributes));
  });
}
