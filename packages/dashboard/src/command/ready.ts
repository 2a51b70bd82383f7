// ready.ts — what a person sees when the dashboard is up: where to look, where to send, where it is kept.

import type { DashboardHandle } from "../dashboard.ts";

/** The page's address carries the token behind `#`, where no server and no log sees it. */
export function readyText(dashboard: DashboardHandle, token: string | undefined): string {
  const page = token === undefined ? dashboard.url : `${dashboard.url}#token=${token}`;
  const rows: [name: string, value: string][] = [
    ["Page", page],
    ["OTLP/HTTP", dashboard.otlpHttpUrl],
    ["OTLP/gRPC", dashboard.otlpGrpcUrl ?? "off"],
    ["Data", dashboard.dataDirectory],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(12)}${value}`);
  return `\ntelemetry ${dashboard.version}\n\n${lines.join("\n")}\n\nCtrl-C stops it; the data stays.\n`;
}
