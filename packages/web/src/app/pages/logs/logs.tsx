// logs.tsx — the tail: what programs said, the newest first, each line one step from its trace.

import type { LogRecord } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatCount } from "../../../core/format/format.ts";
import { logKey } from "../../../core/logs/logs.ts";
import type { Page } from "../../../core/url/url.ts";
import { FilterBox } from "../../parts/filter-box.tsx";
import { NewRowsPill } from "../../parts/new-rows-pill.tsx";
import { Empty, Failure, IconButton, Link, Segments, Skeleton } from "../../parts/parts.tsx";
import { ServiceSelect } from "../../parts/service-select.tsx";
import { VirtualList } from "../../parts/virtual-list.tsx";
import { PAGES, adjustPage, filter, navigate } from "../../state/location.ts";
import { holdForReading, noteScroll } from "../../state/pause.ts";
import { wrapsLogs } from "../../state/settings.ts";
import { LogDetail } from "./log-detail.tsx";
import { LogHistogram } from "./log-histogram.tsx";
import { LogRow } from "./log-row.tsx";
import { useLogList } from "./use-log-list.ts";
import type { LogListState } from "./use-log-list.ts";

export function LogsPage({ page }: { page: Extract<Page, { name: "logs" }> }): JSX.Element {
  const list = useLogList(page.level);
  const [openKeys, setOpenKeys] = useState<ReadonlySet<string>>(new Set());
  const isFilterError = list.error?.code === "filter_syntax";
  const toggle = (log: LogRecord): void => {
    const next = new Set(openKeys);
    if (!next.delete(logKey(log))) {
      next.add(logKey(log));
      holdForReading();
    }
    setOpenKeys(next);
  };
  const isWrapped = wrapsLogs.value === "yes";
  return (
    <main id="content" class="page fill logs">
      <h1 class="visually-hidden">Logs</h1>
      <div class="toolbar">
        <FilterBox
          placeholder='Filter: service = checkout, "free text", user.id = 42'
          signal="logs"
          error={isFilterError ? list.error?.message : undefined}
        />
        <div class="quick-filters">
          <ServiceSelect />
          <Segments
            label="Least severity"
            value={page.level}
            options={[
              { value: "all", label: "All" },
              { value: "debug", label: "Debug" },
              { value: "info", label: "Info" },
              { value: "warn", label: "Warn" },
              { value: "error", label: "Error" },
            ]}
            onChange={(level) => adjustPage("logs", { level })}
          />
          <IconButton
            icon="wrap"
            label="Wrap lines"
            isPressed={isWrapped}
            onClick={() => (wrapsLogs.value = isWrapped ? "no" : "yes")}
          />
          <span class="toolbar-count hint number" role="status">
            {countText(list)}
          </span>
        </div>
      </div>
      {list.rows.length > 0 && (
        <LogHistogram
          rows={list.rows}
          fromMs={list.fromMs}
          toMs={list.toMs}
          hasMore={list.hasMore || list.isFull}
        />
      )}
      <section class="card list-card" aria-label="Logs">
        {list.error !== undefined && !isFilterError && list.rows.length === 0 && (
          <Failure message={list.error.message} />
        )}
        {list.rows.length === 0 && list.isLoading && <Skeleton rows={16} />}
        {list.rows.length === 0 && !list.isLoading && list.error === undefined && <NoLogs />}
        <NewRowsPill count={list.newCount} what="line" />
        <VirtualList<LogRecord>
          rows={list.rows}
          rowHeight={isWrapped ? 44 : 26}
          keyOf={logKey}
          label="Logs"
          class={isWrapped ? "is-wrapped" : ""}
          openKeys={openKeys}
          onScroll={noteScroll}
          onEnd={list.loadMore}
          renderRow={(log, focus) => (
            <LogRow
              log={log}
              isOpen={openKeys.has(logKey(log))}
              tabIndex={focus.tabIndex}
              onToggle={() => toggle(log)}
            />
          )}
          renderExtra={(log) => <LogDetail log={log} />}
        />
      </section>
    </main>
  );
}

function countText(list: LogListState): string {
  if (list.rows.length === 0) return "";
  const count = `${list.isFull ? "Newest " : ""}${formatCount(list.rows.length)}${list.hasMore ? "+" : ""} lines`;
  const skipped =
    list.skippedCount > 0 ? ` · ${formatCount(list.skippedCount)} too fast to show live` : "";
  const took = list.tookMs === undefined ? "" : ` · ${Math.round(list.tookMs)} ms`;
  return `${count}${skipped}${took}`;
}

function NoLogs(): JSX.Element {
  return (
    <Empty
      title={filter.value === "" ? "No logs in this time range" : "No line matches the filter"}
    >
      <p>
        {filter.value === "" ? (
          <>
            New lines appear here as they arrive.{" "}
            <Link to={{ page: PAGES.overview }}>To the overview</Link>
          </>
        ) : (
          <button type="button" class="button" onClick={() => navigate({ filter: "" })}>
            Clear the filter
          </button>
        )}
      </p>
    </Empty>
  );
}
