// use-log-list.ts — the rows of the tail: pages of the store, joined by what arrives live, held still while paused.

import type { LogRecord } from "@telemetry/dashboard/contract";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../../../core/api/api.ts";
import { joinTerms } from "../../../core/filter/filter.ts";
import { LogStore, PausableView } from "../../../core/live/live.ts";
import { logKey, severityMinimum } from "../../../core/logs/logs.ts";
import { isLiveRange, resolveRange } from "../../../core/time/time.ts";
import type { LogLevel } from "../../../core/url/url.ts";
import { nowMs } from "../../state/clock.ts";
import { useLive, useTopics } from "../../state/live.ts";
import { filter, range } from "../../state/location.ts";
import { isPaused } from "../../state/pause.ts";
import { useQuery } from "../../state/query.ts";
import { noteServices } from "../../state/services.ts";
import { api } from "../../state/session.ts";

const PAGE_SIZE = 300;

export interface LogListState {
  readonly rows: readonly LogRecord[];
  readonly newCount: number;
  readonly skippedCount: number;
  readonly hasMore: boolean;
  readonly isFull: boolean;
  readonly isLoading: boolean;
  readonly error: ApiError | undefined;
  readonly tookMs: number | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  loadMore(): void;
}

export function useLogList(level: LogLevel): LogListState {
  const store = useRef(new LogStore());
  const view = useRef(new PausableView<LogRecord>(logKey));
  const [, setVersion] = useState(0);
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const [next, setNext] = useState<string | undefined>(undefined);
  const isLive = isLiveRange(range.value);
  const effectiveFilter =
    level === "all"
      ? filter.value
      : joinTerms([filter.value, `severity >= ${level}`].filter((term) => term !== ""));
  const question = JSON.stringify([range.value, effectiveFilter]);
  const asked = useRef("");

  if (asked.current !== question) {
    asked.current = question;
    store.current.clear();
    view.current.resume();
    if (cursor !== undefined) setCursor(undefined);
  }
  const answer = useQuery(`logs ${question} ${cursor ?? ""}`, async (signal) => {
    const list = await api.logs(
      {
        range: resolveRange(range.value, Date.now()),
        filter: effectiveFilter,
        limit: PAGE_SIZE,
        ...(cursor === undefined ? {} : { cursor }),
      },
      signal,
    );
    return { list, question };
  });
  useEffect(() => {
    if (answer.data === undefined || answer.data.question !== question) return;
    store.current.addStored(answer.data.list.logs);
    view.current.admit(answer.data.list.logs);
    setNext(answer.data.list.nextCursor);
    noteServices(answer.data.list.logs.map((log) => log.service));
    setVersion((version) => version + 1);
  }, [answer.data]);

  useTopics(isLive ? ["logs"] : ["pipeline"], isLive ? effectiveFilter : "");
  useLive("logs", (frame) => {
    if (!isLive) return;
    store.current.addLive(frame);
    noteServices(frame.logs.map((log) => log.service));
    setVersion((version) => version + 1);
  });

  if (isLive) void nowMs.value; // a relative range moves on, also when nothing arrives
  const resolved = resolveRange(range.value, Date.now());
  const rows = store.current.rows(resolved.fromMs, severityMinimum(level));
  view.current.update(rows);
  if (isPaused.value && isLive) view.current.pause();
  else view.current.resume();
  const isFull = rows.length >= store.current.rowsMax;
  return {
    ...resolved,
    rows: view.current.shown,
    newCount: view.current.newCount(),
    skippedCount: store.current.skippedCount,
    hasMore: next !== undefined && !isFull,
    isFull,
    isLoading: answer.isLoading,
    error: answer.error,
    tookMs: answer.tookMs,
    loadMore: () => {
      if (next !== undefined && next !== cursor && !answer.isLoading && !isFull) setCursor(next);
    },
  };
}
