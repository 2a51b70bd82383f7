import type { Telemetry } from "@telemetry/sdk";

/** Sends the spans, then prints what the calls returned. */
export async function report(telemetry: Telemetry, results: object): Promise<void> {
  await telemetry.shutdown();
  console.log(JSON.stringify(results));
}
