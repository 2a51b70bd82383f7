// groups.ts — the same functions under the names of the specification: TraceContext, Metrics, Dashboard.

import { registerView, startDashboardServer, updateDisplay } from "./dashboard/dashboard.ts";
import {
  createCounter,
  createGauge,
  createHistogram,
  createUpDownCounter,
  recordMetric,
} from "./metrics/metrics.ts";
import {
  addEvent,
  bind,
  contextEnvironment,
  extractContext,
  getCurrentSpan,
  injectContext,
  linkSpan,
  recordError,
  runWithContext,
  setAttributes,
  startSpan,
  traced,
  withSpan,
} from "./surface/surface.ts";

/** Spans, and context inside and between processes. */
export const TraceContext = {
  startSpan,
  withSpan,
  traced,
  linkSpan,
  getCurrentSpan,
  setAttributes,
  addEvent,
  recordError,
  injectContext,
  extractContext,
  contextEnvironment,
  runWithContext,
  bind,
} as const;

/** Instruments and measurements. */
export const Metrics = {
  createCounter,
  createUpDownCounter,
  createGauge,
  createHistogram,
  recordMetric,
} as const;

/** The dashboard, from within the app. */
export const Dashboard = { startDashboardServer, registerView, updateDisplay } as const;
