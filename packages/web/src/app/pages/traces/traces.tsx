// traces.tsx — the list of traces: what happened, the newest or the slowest first.

import type { TraceSummary } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { formatCount } from "../../../core/format/format.ts";
import type { Page } from "../../../core/url/url.ts";
import { FilterBox } from "../../parts/filter-box.tsx";
import { NewRowsPill } from "../../parts/new-rows-pill.tsx";
import { Empty, Failure, Link, Segments, Skeleton } from "../../parts/parts.tsx";
import { ServiceSelect } from "../../parts/service-select.tsx";
import { VirtualList } from "../../parts/virtual-list.tsx";
import { DurationSelect } from "./duration-select.tsx";
import { PAGES, adjustPage, filter, navigate } from "../../state/location.ts";
import { noteScroll } from "../../state/pause.ts";
import { StatusSegments } from "./status-segments.tsx";
import { TraceRow } from "./trace-row.tsx";
import { TraceScatter } from "./trace-scatter.tsx";
import { useTraceList } from "./use-trace-list.ts";
import type { TraceListState } from "./use-trace-list.ts";

export function TracesPage({ page }: { page: Extract<Page, { name: "traces" }> }): JSX.Element {
  const list = useTraceList(page.order);
  const isFilterError = list.error?.code === "filter_syntax";
  const durationMax = list.rows.reduce(
    (most, trace) => Math.max(most, Number(trace.durationNano)),
    0,
  );
  return (
    <main id="content" class="page fill traces">
      <h1 class="visually-hidden">Traces</h1>
      <div class="toolbar">
        <FilterBox
          placeholder='Filter: service = checkout, duration > 100ms, "free text", or paste a trace id'
          signal="traces"
          error={isFilterError ? list.error?.message : undefined}
        />
        <div class="quick-filters">
          <ServiceSelect />
          <StatusSegments />
          <DurationSelect />
          <Segments
            label="Order"
            value={page.order}
            options={[
              { value: "newest", label: "Newest" },
              { value: "slowest", label: "Slowest" },
            ]}
            onChange={(order) => adjustPage("traces", { order })}
          />
          <span class="toolbar-count hint number" role="status">
            {countText(list)}
          </span>
        </div>
      </div>
      {list.rows.length > 0 && (
        <TraceScatter rows={list.rows} fromMs={list.fromMs} toMs={list.toMs} />
      )}
      <section class="card list-card" aria-label="Traces">
        <div class="trace-row list-head" aria-hidden="true">
          <span>Time</span>
          <span>Trace</span>
          <span class="services-cell">Services</span>
          <span class="right">Spans</span>
          <span>Duration</span>
        </div>
        {list.error !== undefined && !isFilterError && list.rows.length === 0 && (
          <Failure message={list.error.message} />
        )}
        {list.rows.length === 0 && list.isLoading && <Skeleton rows={12} />}
        {list.rows.length === 0 && !list.isLoading && list.error === undefined && <NoTraces />}
        <NewRowsPill count={list.newCount} what="trace" />
        <VirtualList<TraceSummary>
          rows={list.rows}
          rowHeight={44}
          keyOf={(trace) => trace.traceId}
          label="Traces"
          onScroll={noteScroll}
          onEnd={list.loadMore}
          renderRow={(trace, focus) => (
            <TraceRow trace={trace} durationMaxNs={durationMax} tabIndex={focus.tabIndex} />
          )}
        />
      </section>
    </main>
  );
}

function countText(list: TraceListState): string {
  if (list.rows.length === 0) return "";
  const count = `${formatCount(list.rows.length)}${list.hasMore ? "+" : ""} traces`;
  const skipped =
    list.skippedCount > 0 ? ` · ${formatCount(list.skippedCount)} too fast to show live` : "";
  const took = list.tookMs === undefined ? "" : ` · ${Math.round(list.tookMs)} ms`;
  return `${count}${skipped}${took}`;
}

function NoTraces(): JSX.Element {
  if (filter.value === "") {
    return (
      <Empty title="No traces in this time range">
        <p>
          New ones appear here as they arrive.{" "}
          <Link to={{ page: PAGES.overview }}>How to send some</Link>
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="No trace matches the filter">
      <p>
        <button type="button" class="button" onClick={() => navigate({ filter: "" })}>
          Clear the filter
        </button>
      </p>
    </Empty>
  );
}
