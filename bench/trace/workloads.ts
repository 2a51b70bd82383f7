// workloads.ts — the rows of the table: what an app does with spans.

import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { Side } from "./side.ts";

export interface Workload {
  readonly title: string;
  readonly spansPerCall: number;
  readonly isExporting: boolean;
  readonly run: (side: Side) => void;
}

/** Ten pairs of 20 + 20 characters: the shape of the specification's benchmark. */
const TEN = Array.from({ length: 10 }, (_, index) => ({
  key: `attribute.key.of.${index}..`.padEnd(20, "k"),
  value: `value number ${index} `.padEnd(20, "v"),
}));

export const WORKLOADS = {
  root: {
    title: "root span, no attributes",
    spansPerCall: 1,
    isExporting: true,
    run: ({ tracer }) => tracer.startSpan("GET /orders/:id", undefined, ROOT_CONTEXT).end(),
  },
  ten: {
    title: "root span + 10 setAttribute of 20+20 characters",
    spansPerCall: 1,
    isExporting: true,
    run: ({ tracer }) => {
      const span = tracer.startSpan("GET /orders/:id", undefined, ROOT_CONTEXT);
      for (const { key, value } of TEN) span.setAttribute(key, value);
      span.end();
    },
  },
  pair: {
    title: "parent and child, 3 mixed attributes each, current while they run",
    spansPerCall: 2,
    isExporting: true,
    run: (side) =>
      side.inSpan("handle order", mixed(1), () => side.inSpan("charge", mixed(2), nothing)),
  },
  active: {
    title: "nested withSpan without export",
    spansPerCall: 2,
    isExporting: false,
    run: (side) =>
      side.inSpan("handle order", undefined, () => side.inSpan("charge", undefined, nothing)),
  },
} satisfies Record<string, Workload>;

export type WorkloadName = keyof typeof WORKLOADS;

function mixed(id: number): { "http.route": string; "order.id": number; "order.paid": boolean } {
  return { "http.route": "/orders/:id", "order.id": id, "order.paid": true };
}

function nothing(): void {
  // The span's own cost is what is measured.
}
