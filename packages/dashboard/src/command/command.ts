// command.ts — the `telemetry` command: read options, open the dashboard, say where it is, end when told to.
//
// Started by another process (fork, or --parent-pipe) it also ends when that process does, and tells it:
//
//   { "type": "ready", "url", "otlpHttpUrl", "otlpGrpcUrl"?, "dataDirectory", "version", "pid" }
//   { "type": "failed", "message", "code"?, "holder"?: { "pid"?, "url"? } }
//
// as a message over IPC, or as one line of JSON on standard output. `holder` is the dashboard that works in the data
// folder already.

import {
  DataFolderInUseError,
  openDashboard,
  VERSION,
  type DashboardHandle,
} from "../dashboard.ts";
import { openLog } from "../self/self.ts";
import { helpText, parseCommandLine, UsageError, type CommandLine } from "./options.ts";
import { connectParent, type Parent } from "./parent.ts";
import { readyText } from "./ready.ts";

/** A second signal means "now"; a terminal and its wrapper may both deliver the first one. */
const IMPATIENCE_MS = 1_000;

await main();

async function main(): Promise<void> {
  let parent: Parent | undefined;
  try {
    const commandLine = parseCommandLine(process.argv.slice(2), process.env);
    if (commandLine.action === "help") return print(helpText());
    if (commandLine.action === "version") return print(`${VERSION}\n`);
    parent = connectParent(commandLine);
    await run(commandLine, parent);
  } catch (error) {
    fail(error, parent);
  }
}

async function run(commandLine: CommandLine, parent: Parent | undefined): Promise<void> {
  const log = openLog({
    json: commandLine.jsonLogs,
    write: (line) => void process.stderr.write(line),
  });
  const dashboard = await openDashboard({ ...commandLine.dashboard, log });
  const { url, otlpHttpUrl, otlpGrpcUrl, dataDirectory, version } = dashboard;
  const grpc = otlpGrpcUrl === undefined ? {} : { otlpGrpcUrl };
  const addresses = { url, otlpHttpUrl, ...grpc, dataDirectory, version, pid: process.pid };
  if (commandLine.jsonLogs) log("info", "ready", addresses);
  else if (!commandLine.parentPipe) print(readyText(dashboard, commandLine.dashboard.token));
  parent?.tell({ type: "ready", ...addresses });
  stopOnSignals(dashboard);
  parent?.onGone(() => void stop(dashboard));
  await endIfEngineCannot(dashboard);
}

/** An engine that is away may come back, and the spool keeps what arrives; one that never will is an error. */
async function endIfEngineCannot(dashboard: DashboardHandle): Promise<void> {
  try {
    await dashboard.engineReady(2 ** 31 - 1);
  } catch (error) {
    await dashboard.close();
    throw error;
  }
}

function stopOnSignals(dashboard: DashboardHandle): void {
  let firstAtMs: number | undefined;
  const onSignal = () => {
    if (firstAtMs !== undefined && Date.now() - firstAtMs > IMPATIENCE_MS) process.exit(1);
    firstAtMs ??= Date.now();
    void stop(dashboard);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
}

async function stop(dashboard: DashboardHandle): Promise<void> {
  try {
    await dashboard.close();
    process.exit(0);
  } catch (error) {
    fail(error, undefined);
  }
}

/** One sentence for what a person can mend; the stack only for what they cannot. */
function fail(error: unknown, parent: Parent | undefined): void {
  const isForPeople =
    error instanceof UsageError || (error as Error).message?.startsWith("Cannot ");
  const message = isForPeople
    ? (error as Error).message
    : ((error as Error).stack ?? String(error));
  process.stderr.write(`${message}\n`);
  const { code } = error as NodeJS.ErrnoException;
  const holder = error instanceof DataFolderInUseError ? error.holder : undefined;
  parent?.tell({ type: "failed", message, ...(code && { code }), ...(holder && { holder }) });
  process.exitCode = 1;
  parent?.disconnect();
}

function print(text: string): void {
  process.stdout.write(text);
}
