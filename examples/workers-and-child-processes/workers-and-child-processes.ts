// workers-and-child-processes.ts — one trace over a process, its worker thread and its child process.
//
//   main ──workerData: traceparent──▶ worker thread        main ──environment: TRACEPARENT──▶ child process
//
//   node --conditions=@telemetry/source examples/workers-and-child-processes/workers-and-child-processes.ts [port]

import { spawn } from "node:child_process";
import { once } from "node:events";
import { Worker, isMainThread, workerData } from "node:worker_threads";
import {
  contextEnvironment,
  extractContext,
  injectContext,
  log,
  runWithContext,
  shutdown,
  startDashboardServer,
  startTelemetry,
  withSpan,
} from "@telemetry/sdk";

const [role = "4320"] = process.argv.slice(2);
if (!isMainThread) await work();
else if (role === "child") await measure();
else await main(Number(role));
await shutdown();

async function main(port: number): Promise<void> {
  startTelemetry({ serviceName: "main" });
  const dashboard = await startDashboardServer(port);
  const endpoint = dashboard.url;
  const traceId = await withSpan("nightly report", async (span) => {
    const carrier = injectContext({});
    const worker = new Worker(new URL(import.meta.url), { workerData: { carrier, endpoint } });
    const args = [...process.execArgv, import.meta.filename, "child"];
    const env = contextEnvironment({ ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    const child = spawn(process.execPath, args, { env, stdio: "inherit" });
    await Promise.all([once(worker, "exit"), once(child, "exit")]);
    return span.spanContext().traceId;
  });
  await shutdown();
  console.log(`Trace ${dashboard.url}trace/${traceId}  (Ctrl-C ends it)`);
  if (process.argv.includes("--once")) await dashboard.stop();
  else await once(process.stdin.resume(), "end");
}

/** A worker thread has its own SDK; the context comes with its data. */
async function work(): Promise<void> {
  const { carrier, endpoint } = workerData as { carrier: object; endpoint: string };
  startTelemetry({ serviceName: "worker", endpoint });
  runWithContext(extractContext(carrier), () => withSpan("sum up", () => log.info("in a thread")));
}

/** What a child process records belongs to the span in TRACEPARENT. */
async function measure(): Promise<void> {
  startTelemetry({ serviceName: "child" });
  withSpan("read figures", () => log.info("in a process of its own"));
}
