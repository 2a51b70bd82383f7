// trace.tsx — one trace from end to end: where the time went, what failed, what was said meanwhile.

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import {
  endNsAt,
  findCriticalPath,
  revealRow,
  rowOfSpan,
  searchTrace,
} from "../../../core/trace/trace.ts";
import type { PathSegment } from "../../../core/trace/trace.ts";
import type { Page } from "../../../core/url/url.ts";
import { Empty, Failure, Link, Skeleton } from "../../parts/parts.tsx";
import { PAGES, adjustPage } from "../../state/location.ts";
import { SpanPanel } from "./span-panel.tsx";
import { TraceHeader } from "./trace-header.tsx";
import { TraceMinimap } from "./trace-minimap.tsx";
import { TraceToolbar } from "./trace-toolbar.tsx";
import { useTrace } from "./use-trace.ts";
import { useTraceKeys } from "./use-trace-keys.ts";
import { Waterfall } from "./waterfall.tsx";

type TracePageState = Extract<Page, { name: "trace" }>;

export function TracePage({ page }: { page: TracePageState }): JSX.Element {
  const trace = useTrace(page.traceId);
  if (trace.model.rowCount === 0) {
    return (
      <main id="content" class="page">
        <NotHere page={page} isLoading={trace.isLoading} error={trace.error} />
      </main>
    );
  }
  return <FoundTrace page={page} trace={trace} />;
}

function FoundTrace({
  page,
  trace,
}: {
  page: TracePageState;
  trace: ReturnType<typeof useTrace>;
}): JSX.Element {
  const { model, store, nowMs } = trace;
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const [isPathShown, setPathShown] = useState(false);
  // By id: rows move while a trace grows.
  const [activeId, setActiveId] = useState(page.spanId);
  const activeRow = Math.max(0, rowOfSpan(model, activeId ?? ""));
  const endNs = endNsAt(model, nowMs);
  const [fromNs, toNs] = page.zoom ?? [0, endNs];
  const matches = useMemo(() => searchTrace(model, page.search), [model, page.search]);
  const criticalPath = useMemo(
    () => (isPathShown ? byRow(findCriticalPath(model)) : NO_PATH),
    [model, isPathShown],
  );
  const selectedRow = page.spanId === undefined ? -1 : rowOfSpan(model, page.spanId);

  const zoomTo = (from: number, to: number): void => {
    const isWhole = from <= 0 && to >= endNs;
    const width = Math.max(100, Math.min(endNs, to - from));
    const start = Math.max(0, Math.min(endNs - width, from));
    adjustPage("trace", {
      zoom: isWhole ? undefined : [start, start + width],
    });
  };
  const select = (row: number): void => {
    setActiveId(row === -1 ? activeId : model.ids[row]);
    adjustPage("trace", {
      spanId: row === -1 ? undefined : model.ids[row],
    });
  };
  const goTo = (row: number): void => {
    setCollapsed(revealRow(model, collapsed, row));
    if (selectedRow === -1) setActiveId(model.ids[row]);
    else select(row);
  };
  useTraceKeys({
    model,
    collapsed,
    setCollapsed,
    activeRow,
    goTo,
    select,
    isPanelOpen: selectedRow !== -1,
    matches,
    zoom: { fromNs, toNs, endNs, zoomTo },
    togglePath: () => setPathShown(!isPathShown),
  });
  return (
    <main id="content" class="page fill trace">
      <TraceHeader model={model} store={store} traceId={page.traceId} nowMs={nowMs} />
      <TraceMinimap
        model={model}
        endNs={endNs}
        fromNs={fromNs}
        toNs={Math.min(toNs, endNs)}
        onZoom={zoomTo}
      />
      <div class={`trace-body ${selectedRow === -1 ? "" : "has-panel"}`}>
        <section class="card trace-main" aria-label="Timeline">
          <TraceToolbar
            model={model}
            search={page.search}
            matches={matches}
            activeRow={activeRow}
            goTo={goTo}
            isPathShown={isPathShown}
            setPathShown={setPathShown}
            collapsed={collapsed}
            setCollapsed={setCollapsed}
          />
          <Waterfall
            model={model}
            collapsed={collapsed}
            setCollapsed={setCollapsed}
            selectedRow={selectedRow}
            activeRow={activeRow}
            onSelect={select}
            matches={matches}
            criticalPath={criticalPath}
            fromNs={fromNs}
            toNs={toNs}
            endNs={endNs}
            onZoom={zoomTo}
          />
        </section>
        {selectedRow !== -1 && (
          <SpanPanel
            key={page.spanId}
            model={model}
            row={selectedRow}
            store={store}
            tab={page.tab}
            endNs={endNs}
            onClose={() => select(-1)}
            onGoTo={goTo}
          />
        )}
      </div>
    </main>
  );
}

const NO_PATH: ReadonlyMap<number, readonly PathSegment[]> = new Map();

function byRow(segments: readonly PathSegment[]): ReadonlyMap<number, readonly PathSegment[]> {
  return Map.groupBy(segments, (segment) => segment.row);
}

interface NotHereProps {
  page: TracePageState;
  isLoading: boolean;
  error: ReturnType<typeof useTrace>["error"];
}

function NotHere({ page, isLoading, error }: NotHereProps): JSX.Element {
  if (isLoading) return <Skeleton rows={12} />;
  if (error !== undefined && error.status !== 404) return <Failure message={error.message} />;
  return (
    <Empty title="No span of this trace is here" isPage>
      <p>
        <code>{page.traceId}</code>
      </p>
      <p>
        It may not have been sampled, may be older than the retention, or may not have arrived yet:
        this page shows it as soon as a span does.
      </p>
      <p>
        <Link to={{ page: PAGES.traces }}>To the traces</Link>
      </p>
    </Empty>
  );
}
