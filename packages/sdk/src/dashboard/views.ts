// views.ts — `registerView`: a chart that the app wants on the dashboard's first page.

import { CHART_TYPES } from "./chart-types.ts";
import type { ChartType, ViewAggregate } from "./chart-types.ts";
import { dashboardLink } from "./dashboard-link.ts";
import type { ViewDefinition } from "./dashboard-link.ts";

export interface ViewOptions {
  /** Default: the metric's name. Two views of one metric and chart need different titles. */
  title?: string;
  /** How the points of a step become one value. Default: by the kind of metric. */
  aggregate?: ViewAggregate;
  /** Attributes that split the metric into series. */
  groupBy?: readonly string[];
  /** Shown instead of the metric's own unit. */
  unit?: string;
}

/** A registered view. */
export interface DashboardView extends ViewDefinition {
  readonly title: string;
}

/**
 * Asks the dashboard for a chart of a metric, which need not exist yet. The same metric, chart and title are
 * one view, however often it is registered. It is sent as soon as a dashboard is known.
 *
 * Throws a TypeError that lists the chart types when `chartType` is none of them, or when the metric has no name.
 *
 * @example
 * import { registerView } from "@telemetry/sdk";
 *
 * registerView("orders.paid", "line_chart", { aggregate: "rate", groupBy: ["method"] });
 */
export function registerView(
  metricName: string,
  chartType: ChartType,
  options: ViewOptions = {},
): DashboardView {
  if (typeof metricName !== "string" || metricName === "") {
    throw new TypeError("Cannot register view: the name of a metric is needed");
  }
  if (!CHART_TYPES.includes(chartType)) {
    throw new TypeError(
      `Cannot register view of "${metricName}": "${chartType}" is not a chart type; use ${CHART_TYPES.join(", ")}`,
    );
  }
  const { title, aggregate, groupBy, unit } = options;
  const definition: ViewDefinition = {
    metricName,
    chartType,
    ...(title !== undefined && { title }),
    ...(aggregate !== undefined && { aggregate }),
    ...(groupBy !== undefined && { groupBy: [...groupBy] }),
    ...(unit !== undefined && { unit }),
  };
  dashboardLink().addView(definition);
  return Object.freeze({ ...definition, title: title ?? metricName });
}
