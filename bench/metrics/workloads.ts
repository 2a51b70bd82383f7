// workloads.ts — the rows of the table: what an app does with instruments.

import type { Side } from "./side.ts";

export interface Workload {
  readonly title: string;
  readonly inSpan: boolean;
  /** Returns what one call of the loop is. */
  readonly open: (side: Side) => (index: number) => void;
}

const METHODS = ["GET", "POST", "PUT"] as const;
const ROUTES = ["/", "/orders", "/orders/:id", "/users/:id/orders"] as const;
const CODES = [200, 201, 404, 500] as const;

/** A fresh object each time, as a request handler makes it: 48 different sets. */
function attributesOf(index: number) {
  return {
    "http.request.method": METHODS[index % 3]!,
    "http.route": ROUTES[index & 3]!,
    "http.response.status_code": CODES[(index >> 2) & 3]!,
    "server.is_cached": (index & 1) === 0,
  };
}

const FIXED = Object.freeze(attributesOf(0));

const addFresh: Workload["open"] = ({ counter }) => {
  return (index) => counter.add(1, attributesOf(index));
};
const recordFresh: Workload["open"] = ({ histogram }) => {
  return (index) => histogram.record(index % 1_000, attributesOf(index));
};
const addBound: Workload["open"] = (side) => {
  const bound = side.bindCounter(FIXED);
  return () => bound.add(1);
};
const recordBound: Workload["open"] = (side) => {
  const bound = side.bindHistogram(FIXED);
  return (index) => bound.record(index % 1_000);
};

export const WORKLOADS = {
  add0: {
    title: "counter.add(1) without attributes",
    inSpan: false,
    open: ({ counter }) => {
      return () => counter.add(1);
    },
  },
  add4: { title: "counter.add(1, 4 fresh attributes)", inSpan: false, open: addFresh },
  record4: { title: "histogram.record(v, 4 fresh attributes)", inSpan: false, open: recordFresh },
  recordMetric: {
    title: "recordMetric(name, v, 4 fresh attributes) (theirs: gauge.record)",
    inSpan: false,
    open: (side) => (index) => side.recordMetric(index, attributesOf(index)),
  },
  addBound: { title: "bound counter (theirs: the same object)", inSpan: false, open: addBound },
  recordBound: {
    title: "bound histogram (theirs: the same object)",
    inSpan: false,
    open: recordBound,
  },
  add4InSpan: {
    title: "counter.add(1, 4 fresh attributes) in a sampled span",
    inSpan: true,
    open: addFresh,
  },
  addBoundInSpan: { title: "bound counter in a sampled span", inSpan: true, open: addBound },
  recordBoundInSpan: {
    title: "bound histogram in a sampled span",
    inSpan: true,
    open: recordBound,
  },
} satisfies Record<string, Workload>;

export type WorkloadName = keyof typeof WORKLOADS;
