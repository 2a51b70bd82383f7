// screenshots.ts — `npm run screenshots`: makes the pictures of the README, the same every time.
//
// A recorded workflow of the demo, with its ids and times, is sent to a real dashboard, and the page is
// photographed in a real browser. Only the machine's font rendering can differ.
//
//   npm run screenshots
//   npm run screenshots -- --record http://localhost:4320/ <trace id>     records another workflow

import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Attributes, TraceDetail } from "../packages/dashboard/src/contract/contract.ts";
import { getTrace } from "../e2e/support/api.ts";
import { startDashboard } from "../e2e/support/running-dashboard.ts";
import { readWorkflow, sendWorkflow } from "../e2e/support/workflow.ts";
import { buildPage } from "./build-page.ts";
import { openBrowser } from "./chromium.ts";

const root = resolve(import.meta.dirname, "..");
const workflowPath = join(root, "e2e/testdata/workflow.json");
const [mode, url, traceId] = process.argv.slice(2);

if (mode === "--record") await record(url ?? "", traceId ?? "");
else await photograph();

async function record(from: string, id: string): Promise<void> {
  const trace = await getTrace(from, id);
  const recorded: TraceDetail = {
    traceId: trace.traceId,
    spans: trace.spans.map(withoutMachine),
    logs: trace.logs.map(withoutMachine),
    exemplars: [],
  };
  writeFileSync(workflowPath, `${JSON.stringify(recorded).replaceAll(root, "/app")}\n`);
  console.log(`${trace.spans.length} spans and ${trace.logs.length} logs in ${workflowPath}`);
}

/** A picture in a README is no place for somebody's host name, process id or paths. */
function withoutMachine<Row extends { resource: Attributes }>(row: Row): Row {
  const kept = Object.entries(row.resource).filter(([key]) => !/^(process|host|os)\./.test(key));
  return { ...row, resource: Object.fromEntries(kept) };
}

async function photograph(): Promise<void> {
  await buildPage();
  const workflow = readWorkflow();
  // The workflow's times never change, so the dashboard must not find them too old.
  const dashboard = await startDashboard({ args: ["--retention", "3650d"] });
  try {
    await sendWorkflow(dashboard, workflow);
    await photographPage(
      `${dashboard.url}trace/${workflow.traceId}?span=${failedAttempt(workflow)}`,
    );
  } finally {
    await dashboard.stop();
  }
}

/** Something to look at: the first tool that failed. */
function failedAttempt({ spans }: TraceDetail): string {
  const failed = spans.filter(
    ({ status, service }) => status.code === "error" && service === "tools",
  );
  return failed[0]?.spanId ?? "";
}

async function photographPage(address: string): Promise<void> {
  const browser = await openBrowser();
  try {
    for (const colorScheme of ["dark", "light"] as const) {
      const page = await browser.newPage({
        viewport: { width: 1440, height: 800 },
        deviceScaleFactor: 1.5,
        colorScheme,
        timezoneId: "UTC",
        locale: "en-GB",
        reducedMotion: "reduce",
      });
      await page.goto(address);
      await page.getByRole("treegrid").waitFor();
      await page.waitForTimeout(500); // fonts, and the first frame of the canvas
      const path = join(root, `docs/images/trace-${colorScheme}.png`);
      await page.screenshot({ path });
      console.log(path);
    }
  } finally {
    await browser.close();
  }
}
