// An app that ends in the way its first argument says, with one span that has not been sent. OPTIONS has further
// options of telemetry as JSON.

import { shutdown, startSpan, startTelemetry, withSpan } from "@telemetry/sdk";

const way = process.argv[2];
// With "held" a trace is kept for being slow, and it is still open when the process ends.
const [entry, sample] = way.startsWith("held") ? ["entry", { slowMs: 1, rest: 0 }] : [];
const options = JSON.parse(process.env.OPTIONS ?? "{}");
startTelemetry({ serviceName: "end", batch: { delayMs: 60_000 }, sample, ...options });
const parent = entry && startSpan(entry);
startSpan("first", parent).end();
// The first batch leaves at once; the one that matters waits for its minute.
await new Promise((resolve) => {
  setTimeout(resolve, 300);
});
startSpan("last", parent).end();

switch (way.replace("held-", "")) {
  case "drain":
    break;
  case "drain-late":
    process.once("beforeExit", () => {
      setTimeout(() => startSpan("late", parent).end(), 200);
    });
    break;
  case "exit":
    process.exit(3);
  case "shutdown":
    await shutdown();
    process.exit(0);
  case "signal":
    setInterval(() => {}, 1_000);
    process.stdout.write("ready\n");
    break;
  case "signal-beside-app":
    process.on("SIGTERM", () => {
      setTimeout(() => process.exit(7), 500);
    });
    setInterval(() => {}, 1_000);
    process.stdout.write("ready\n");
    break;
  case "open":
    withSpan("never ends", () => new Promise(() => {}));
    break;
}
