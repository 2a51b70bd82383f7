// spans.ts — spans for tests, told in milliseconds from a round start.

import type { Span } from "@telemetry/dashboard/contract";

const START_MS = 1_794_600_000_000n;

interface Draft extends Partial<Omit<Span, "spanId" | "resource" | "status">> {
  readonly parent?: string;
  readonly service?: string;
  readonly error?: string;
  readonly process?: number;
}

/** A span from `startMs` to `endMs`; without an end it is open. */
export function span(spanId: string, startMs: number, endMs: number | undefined, draft: Draft = {}): Span {
  const { parent, service = "app", error, process = 1, ...rest } = draft;
  return {
    spanId,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    name: spanId,
    kind: "internal",
    service,
    startTimeUnixNano: nano(startMs),
    ...(endMs === undefined ? {} : { endTimeUnixNano: nano(endMs) }),
    attributes: {},
    resource: { "service.name": service, "process.pid": process },
    scope: { name: "test", attributes: {} },
    events: [],
    links: [],
    status: error === undefined ? { code: "unset" } : { code: "error", message: error },
    flags: 1,
    ...rest,
  };
}

export function nano(ms: number): string {
  return String(START_MS * 1_000_000n + BigInt(Math.round(ms * 1e6)));
}
