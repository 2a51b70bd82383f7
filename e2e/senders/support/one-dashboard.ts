// one-dashboard.ts — one real dashboard for all senders: they differ in `service.name`, and nothing is cleared between
// them, as in life. Vitest starts it before the first file and tells every file where it is.

import type { TestProject } from "vitest/node";
import { startDashboard } from "../../support/running-dashboard.ts";

export interface Addresses {
  /** The page and the API. */
  readonly url: string;
  readonly otlpHttpUrl: string;
  readonly otlpGrpcUrl: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    dashboard: Addresses;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dashboard = await startDashboard();
  project.provide("dashboard", {
    url: dashboard.url,
    otlpHttpUrl: dashboard.otlpUrl,
    otlpGrpcUrl: dashboard.otlpGrpcUrl,
  });
  return dashboard.stop;
}
