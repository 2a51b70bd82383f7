// An app that ends in the way its first argument says, with one span that has not been sent.

import { shutdown, startSpan, startTelemetry, withSpan } from "@telemetry/sdk";

const way = process.argv[2];
startTelemetry({ serviceName: "end", batch: { delayMs: 60_000 } });
startSpan("first").end();
// The first batch leaves at once; the one that matters waits for its minute.
await new Promise((resolve) => {
  setTimeout(resolve, 300);
});
startSpan("last").end();

switch (way) {
  case "drain":
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
