// bench.ts — `npm run bench`: every benchmark, one after the other, results into bench/results/.

import { join } from "node:path";
import { runSteps } from "../scripts/steps.ts";

const benches = ["trace/trace.ts", "metrics/metrics.ts", "ingest/ingest.ts"];

await runSteps(
  benches.map((path) => ({
    name: path,
    command: "node",
    args: ["--conditions=@telemetry/source", join(import.meta.dirname, path)],
  })),
);
