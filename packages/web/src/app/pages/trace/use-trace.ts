// use-trace.ts — one trace: what is stored, then what arrives live, laid out again when it changed.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../../../core/api/api.ts";
import { TraceStore, isRunning } from "../../../core/trace/trace.ts";
import type { TraceModel } from "../../../core/trace/trace.ts";
import { useLive, useTopics } from "../../state/live.ts";
import { isPaused } from "../../state/pause.ts";
import { useQuery } from "../../state/query.ts";
import { api } from "../../state/session.ts";

export interface TraceState {
  readonly store: TraceStore;
  readonly model: TraceModel;
  readonly isLoading: boolean;
  readonly error: ApiError | undefined;
  /** Moves while something runs, so that open bars grow. */
  readonly nowMs: number;
}

/** Laying out may take at most a quarter of the time, however large the trace is. */
const IDLE_PER_LAYOUT = 3;
const RUNNING_TICK_MS = 100;
/** Inserts go out half a second after the first waiting row. */
const STORED_AFTER_MS = 1_500;

export function useTrace(traceId: string): TraceState {
  const store = useRef(new TraceStore(traceId));
  const [model, setModel] = useState<TraceModel>(() => store.current.model);
  const [nowMs, setNowMs] = useState(Date.now);
  const layout = useRef({ isWaiting: false, isAsking: false, tookMs: 0 });

  const [round, setRound] = useState(0);
  const answer = useQuery(`trace ${traceId} ${round}`, (signal) => api.trace(traceId, signal));
  const layOut = (): void => {
    layout.current.isWaiting = false;
    if (isPaused.peek()) return;
    const startedMs = performance.now();
    setModel(store.current.model);
    layout.current.tookMs = performance.now() - startedMs;
  };
  /** Rows that a full frame left out are in the store a moment later. */
  const askSoon = (): void => {
    if (layout.current.isAsking) return;
    layout.current.isAsking = true;
    setTimeout(() => {
      layout.current.isAsking = false;
      setRound((known) => known + 1);
    }, STORED_AFTER_MS);
  };
  const layOutSoon = (): void => {
    if (layout.current.isWaiting) return;
    layout.current.isWaiting = true;
    setTimeout(layOut, layout.current.tookMs * IDLE_PER_LAYOUT);
  };
  useEffect(() => {
    if (answer.data === undefined) return;
    store.current.addStored(answer.data);
    layOut();
  }, [answer.data]);

  useTopics([`trace:${traceId}`]);
  useLive("trace", (frame) => {
    if (frame.traceId !== traceId) return;
    store.current.addLive(frame);
    if ((frame.skipped ?? 0) > 0) askSoon();
    layOutSoon();
  });
  useLive("reset", askSoon);
  const paused = isPaused.value;
  useEffect(() => {
    if (!paused) layOut();
  }, [paused]);

  const runs = isRunning(model, Date.now()) && !paused;
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => {
      if (!document.hidden) setNowMs(Date.now());
    }, RUNNING_TICK_MS);
    return () => clearInterval(timer);
  }, [runs]);
  return { store: store.current, model, isLoading: answer.isLoading, error: answer.error, nowMs };
}
