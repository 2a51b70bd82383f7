// state.ts — what all topics read from: the windows in memory, fed by every batch.

import { wordsOf, type Batch, type LogBatch, type TraceBatch } from "@telemetry/otlp";
import type { LiveOverview, PipelineStatus, View } from "../contract/contract.ts";
import type { Station } from "../self/self.ts";
import { BatchJson, readServices } from "./batch-json.ts";
import { MetricTable } from "./metric-table.ts";
import { RecentRequests } from "./recent-requests.ts";
import { RuntimeHealth } from "./runtime-health.ts";
import { Services } from "./services.ts";
import type { TraceEntry } from "./trace-entry.ts";
import { TraceTable } from "./trace-table.ts";

/** A batch as topics get it. It is gone after the call: what a topic wants to keep it has to read. */
export type AddedBatch = AddedSpans | AddedLogs | { readonly signal: "metrics" };

export interface AddedSpans {
  readonly signal: "traces";
  readonly batch: TraceBatch;
  readonly json: BatchJson<TraceBatch>;
  /** The trace of each row. */
  readonly traces: readonly TraceEntry[];
}

export interface AddedLogs {
  readonly signal: "logs";
  readonly batch: LogBatch;
  readonly json: BatchJson<LogBatch>;
  /** Four words per row. */
  readonly traceIds: Uint32Array;
}

export interface LiveStateOptions {
  readonly station: Station;
  readonly pipeline: () => PipelineStatus;
}

export class LiveState {
  readonly station: Station;
  readonly pipeline: () => PipelineStatus;
  readonly services: Services;
  readonly traces = new TraceTable();
  readonly metrics: MetricTable;
  readonly health: RuntimeHealth;
  readonly recent = new RecentRequests();
  readonly totals: LiveOverview["totals"] = { spans: 0, logs: 0, points: 0, errors: 0 };
  #views: readonly View[] = [];
  viewsVersion = 0;

  constructor({ station, pipeline }: LiveStateOptions) {
    this.station = station;
    this.pipeline = pipeline;
    this.services = new Services(station);
    this.metrics = new MetricTable(station);
    this.health = new RuntimeHealth(station);
  }

  get views(): readonly View[] {
    return this.#views;
  }

  setViews(views: readonly View[]): void {
    this.#views = views;
    this.viewsVersion++;
  }

  add(batch: Batch, receivedAtMs: number): AddedBatch {
    this.recent.add(batch, receivedAtMs);
    const services = readServices(batch);
    switch (batch.signal) {
      case "traces": {
        this.totals.spans += batch.rowCount;
        this.services.add(batch, services, receivedAtMs);
        this.totals.errors = this.services.errorCount;
        const traces = this.traces.add(batch, services, receivedAtMs);
        return { signal: "traces", batch, json: new BatchJson(batch, receivedAtMs), traces };
      }
      case "logs": {
        this.totals.logs += batch.rowCount;
        const traceIds = wordsOf(batch.logs.traceId);
        return { signal: "logs", batch, json: new BatchJson(batch, receivedAtMs), traceIds };
      }
      case "metrics":
        this.totals.points += batch.rowCount;
        this.metrics.add(batch, services);
        this.health.add(batch, receivedAtMs);
        return { signal: "metrics" };
    }
  }

  /** Everything that changed has been shown. */
  endFrame(): void {
    this.traces.endFrame();
    this.metrics.endFrame();
  }
}
