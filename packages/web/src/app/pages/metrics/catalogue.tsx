// catalogue.tsx — the metrics by name, with kind, unit and who reports them.

import type { MetricInfo } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { describeUnit, formatCount } from "../../../core/format/format.ts";
import { SEARCH_ID } from "../../parts/filter-box.tsx";
import { Icon, Link } from "../../parts/parts.tsx";
import { VirtualList } from "../../parts/virtual-list.tsx";
import { PAGES, page } from "../../state/location.ts";

export function Catalogue({
  metrics,
  chosen,
}: {
  metrics: readonly MetricInfo[];
  chosen: string | undefined;
}): JSX.Element {
  const [text, setText] = useState("");
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const rows = metrics.filter((metric) => {
    const haystack =
      `${metric.name} ${metric.description} ${metric.services.join(" ")}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
  return (
    <section class="card catalogue" aria-label="Catalogue">
      <div class="catalogue-search">
        <Icon name="search" size={14} />
        <input
          id={SEARCH_ID}
          value={text}
          placeholder="Find a metric"
          aria-label="Find a metric"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            setText("");
            event.currentTarget.blur();
          }}
        />
        <span class="hint number">{formatCount(rows.length)}</span>
      </div>
      {rows.length === 0 && <p class="hint card-pad">No metric is called that.</p>}
      <VirtualList<MetricInfo>
        rows={rows}
        rowHeight={48}
        keyOf={(metric) => metric.name}
        label="Metrics"
        renderRow={(metric, focus) => (
          <Link
            class="metric-row"
            to={{ page: { ...PAGES.metrics, metric: metric.name } }}
            tabIndex={focus.tabIndex}
            aria-current={metric.name === chosen ? "page" : undefined}
            mode={
              page.value.name === "metrics" && page.value.metric === undefined ? "push" : "replace"
            }
          >
            <span class="metric-name cut" title={metric.description}>
              {metric.name}
            </span>
            <span class="metric-note hint cut">
              <span class={`kind is-${metric.type}`}>{kindLabel(metric)}</span>
              {describeUnit(metric.unit) !== "" && <span>{describeUnit(metric.unit)}</span>}
              <span class="cut">{metric.services.join(", ")}</span>
            </span>
          </Link>
        )}
      />
    </section>
  );
}

/** A monotonic sum is what people call a counter. */
export function kindLabel(metric: MetricInfo): string {
  if (metric.type === "sum") return metric.monotonic === true ? "counter" : "up-down counter";
  return metric.type === "exponential_histogram" ? "exp. histogram" : metric.type;
}
