// use-trace-list.ts — the rows of the list: pages of the store, joined by what arrives live, held still while paused.

import type { TraceSummary } from "@telemetry/dashboard/contract";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../../../core/api/api.ts";
import { PausableView, TraceListStore } from "../../../core/live/live.ts";
import { isLiveRange, resolveRange } from "../../../core/time/time.ts";
import type { TraceOrder } from "../../../core/url/url.ts";
import { nowMs } from "../../state/clock.ts";
import { useLive, useTopics } from "../../state/live.ts";
import { filter, range } from "../../state/location.ts";
import { isPaused } from "../../state/pause.ts";
import { useQuery } from "../../state/query.ts";
import { noteServices } from "../../state/services.ts";
import { api } from "../../state/session.ts";

const PAGE_SIZE = 200;

export interface TraceListState {
  readonly rows: readonly TraceSummary[];
  readonly newCount: number;
  readonly skippedCount: number;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: ApiError | undefined;
  readonly tookMs: number | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  loadMore(): void;
}

export function useTraceList(order: TraceOrder): TraceListState {
  const store = useRef(new TraceListStore());
  const view = useRef(new PausableView<TraceSummary>((trace) => trace.traceId));
  const [, setVersion] = useState(0);
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const [next, setNext] = useState<string | undefined>(undefined);
  const isLive = isLiveRange(range.value);
  const question = JSON.stringify([range.value, filter.value, order]);
  const asked = useRef("");

  if (asked.current !== question) {
    asked.current = question;
    store.current.clear(order);
    view.current.resume();
    if (cursor !== undefined) setCursor(undefined);
  }
  const answer = useQuery(`${question} ${cursor ?? ""}`, async (signal) => {
    const list = await api.traces(
      {
        range: resolveRange(range.value, Date.now()),
        filter: filter.value,
        limit: PAGE_SIZE,
        order,
        ...(cursor === undefined ? {} : { cursor }),
      },
      signal,
    );
    return { list, question };
  });
  useEffect(() => {
    if (answer.data === undefined || answer.data.question !== question) return;
    store.current.addStored(answer.data.list.traces);
    view.current.admit(answer.data.list.traces);
    setNext(answer.data.list.nextCursor);
    noteServices(answer.data.list.traces.flatMap((trace) => trace.services));
    setVersion((version) => version + 1);
  }, [answer.data]);

  useTopics(isLive ? ["traces"] : ["pipeline"], isLive ? filter.value : "");
  useLive("traces", (frame) => {
    if (!isLive) return;
    store.current.addLive(frame);
    noteServices(frame.traces.flatMap((trace) => trace.services));
    setVersion((version) => version + 1);
  });

  if (isLive) void nowMs.value; // a relative range moves on, also when nothing arrives
  const resolved = resolveRange(range.value, Date.now());
  const rows = store.current.rows(resolved.fromMs);
  view.current.update(rows);
  if (isPaused.value && isLive) view.current.pause();
  else view.current.resume();
  return {
    ...resolved,
    rows: view.current.shown,
    newCount: view.current.newCount(),
    skippedCount: store.current.skippedCount,
    hasMore: next !== undefined,
    isLoading: answer.isLoading,
    error: answer.error,
    tookMs: answer.tookMs,
    loadMore: () => {
      if (next !== undefined && next !== cursor && !answer.isLoading) setCursor(next);
    },
  };
}
