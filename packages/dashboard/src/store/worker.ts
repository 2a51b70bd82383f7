// worker.ts — the entry of the store's thread, beside the event loop that answers senders.

import { parentPort, workerData } from "node:worker_threads";
import type { ToWorker, WorkerOptions } from "./messages.ts";
import { StoreWorker } from "./store-worker.ts";

const worker = new StoreWorker(workerData as WorkerOptions, (message) =>
  parentPort?.postMessage(message),
);
parentPort?.on("message", (message: ToWorker) => worker.receive(message));
await worker.run();
parentPort?.close();
