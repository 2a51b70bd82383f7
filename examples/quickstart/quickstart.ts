// quickstart.ts — spans, log records and a metric of one program, on a dashboard that it starts itself.
//
//   node --conditions=@telemetry/source examples/quickstart/quickstart.ts [port] [--once]

import { setTimeout as elapsed } from "node:timers/promises";
import {
  createCounter,
  log,
  shutdown,
  startDashboardServer,
  startTelemetry,
  withSpan,
} from "@telemetry/sdk";

const [port = "4320"] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

startTelemetry({ serviceName: "quickstart" });
const dashboard = await startDashboardServer(Number(port));
console.log(`Page ${dashboard.url}  (Ctrl-C ends it)`);

const paid = createCounter("orders.paid", { unit: "{order}", description: "Orders paid" });

for (let order = 1; ; order++) {
  await checkout(order).catch((error: unknown) => log.error(error as Error, { "order.id": order }));
  if (process.argv.includes("--once") && order === 10) break;
  await elapsed(300);
}
await shutdown();
await dashboard.stop();

async function checkout(order: number): Promise<void> {
  await withSpan("checkout", { attributes: { "order.id": order } }, async () => {
    await withSpan("reserve stock", () => elapsed(20));
    await withSpan("charge card", async () => {
      await elapsed(50 + Math.random() * 100);
      // Thrown errors are recorded on every span that they leave.
      if (order % 5 === 0) throw new Error("card declined");
    });
    paid.add(1, { method: order % 2 === 0 ? "card" : "invoice" });
    log.info("order paid", { "order.id": order });
  });
}
