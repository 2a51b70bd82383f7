// metrics-and-views.ts — every kind of instrument, and the charts that the program asks the dashboard for.
//
//   node --conditions=@telemetry/source examples/metrics-and-views/metrics-and-views.ts [port] [--once]

import { setTimeout as elapsed } from "node:timers/promises";
import {
  createCounter,
  createGauge,
  createHistogram,
  createUpDownCounter,
  recordMetric,
  registerView,
  SECONDS_BOUNDARIES,
  shutdown,
  startDashboardServer,
  startTelemetry,
  updateDisplay,
} from "@telemetry/sdk";

const [port = "4320"] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const waiting: number[] = [];

// Instruments may be made before telemetry starts, and views registered before their metrics exist.
const jobs = createCounter("jobs.done", { unit: "{job}" }).bind({ queue: "mail" });
const active = createUpDownCounter("jobs.active", { unit: "{job}" });
const duration = createHistogram("jobs.duration", { unit: "s", boundaries: SECONDS_BOUNDARIES });
createGauge("jobs.waiting", { unit: "{job}", callback: () => waiting.length });

registerView("jobs.done", "line_chart", { title: "Jobs per second", aggregate: "rate" });
registerView("jobs.duration", "heatmap", { title: "How long jobs take" });
registerView("jobs.duration", "stat", { title: "p95", aggregate: "p95", unit: "s" });
registerView("jobs.waiting", "gauge", { title: "Waiting" });

startTelemetry({
  serviceName: "mailer",
  metrics: { views: [{ instrumentName: "jobs.size", attributeKeys: ["queue"] }] },
});
const dashboard = await startDashboardServer(Number(port));
console.log(`Page ${dashboard.url}  (Ctrl-C ends it)`);

for (let job = 1; ; job++) {
  while (Math.random() < 0.6) waiting.push(job);
  active.add(1);
  const startMs = performance.now();
  await elapsed(Math.min(400, 20 / (1 - Math.random())));
  duration.record((performance.now() - startMs) / 1_000, { queue: "mail" });
  active.add(-1);
  jobs.add(1);
  waiting.pop();
  // Without an instrument of that name, this makes a gauge. The view above keeps only the queue.
  recordMetric("jobs.size", Math.random() * 10, { queue: "mail", "job.id": job });
  if (process.argv.includes("--once") && job === 20) break;
}
const update = await updateDisplay();
console.log(`${update.clients} pages were written to; received so far: ${update.metrics} points`);
await shutdown();
await dashboard.stop();
