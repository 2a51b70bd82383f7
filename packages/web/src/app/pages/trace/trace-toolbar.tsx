// trace-toolbar.tsx — search inside the trace, the critical path, and how much of the tree is open.

import type { JSX } from "preact";
import { RowFlag, collapseAll, hasFlag } from "../../../core/trace/trace.ts";
import type { TraceModel } from "../../../core/trace/trace.ts";
import { SEARCH_ID } from "../../parts/filter-box.tsx";
import { Icon, IconButton } from "../../parts/parts.tsx";
import { adjustPage } from "../../state/location.ts";

interface TraceToolbarProps {
  model: TraceModel;
  search: string;
  matches: readonly number[];
  activeRow: number;
  goTo: (row: number) => void;
  isPathShown: boolean;
  setPathShown: (isShown: boolean) => void;
  collapsed: ReadonlySet<string>;
  setCollapsed: (collapsed: ReadonlySet<string>) => void;
}

export function TraceToolbar(props: TraceToolbarProps): JSX.Element {
  const {
    model,
    search,
    matches,
    activeRow,
    goTo,
    isPathShown,
    setPathShown,
    collapsed,
    setCollapsed,
  } = props;
  const place = matches.indexOf(activeRow);
  const jump = (direction: 1 | -1): void => {
    const next =
      direction === 1
        ? (matches.find((row) => row > activeRow) ?? matches[0])
        : (matches.findLast((row) => row < activeRow) ?? matches.at(-1));
    if (next !== undefined) goTo(next);
  };
  return (
    <div class="trace-toolbar">
      <div class="trace-search">
        <Icon name="search" size={14} />
        <input
          id={SEARCH_ID}
          value={search}
          placeholder="Find in this trace: name, attribute, key=value"
          aria-label="Find in this trace"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => adjustPage("trace", { search: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key === "Enter") jump(event.shiftKey ? -1 : 1);
            else if (event.key === "Escape") {
              if (search === "") event.currentTarget.blur();
              adjustPage("trace", { search: "" });
            } else return;
            event.preventDefault();
          }}
        />
        {search !== "" && (
          <>
            <span class="hint number" role="status">
              {matches.length === 0
                ? "none"
                : `${place === -1 ? "–" : place + 1} / ${matches.length}`}
            </span>
            <IconButton
              class="small"
              icon="up"
              label="Previous match"
              shortcut="N"
              isDisabled={matches.length === 0}
              onClick={() => jump(-1)}
            />
            <IconButton
              class="small"
              icon="down"
              label="Next match"
              shortcut="n"
              isDisabled={matches.length === 0}
              onClick={() => jump(1)}
            />
          </>
        )}
      </div>
      <div class="trace-tools">
        {model.errorCount > 0 && (
          <button
            type="button"
            class="button quiet"
            title="Next error  e"
            onClick={() => goToError(props)}
          >
            <Icon name="error" size={14} /> <span class="wide-only">Next error</span>
          </button>
        )}
        <button
          type="button"
          class="button quiet"
          aria-pressed={isPathShown}
          title="Critical path  c"
          onClick={() => setPathShown(!isPathShown)}
        >
          <Icon name="path" size={14} /> <span class="wide-only">Critical path</span>
        </button>
        <button
          type="button"
          class="button quiet"
          title={collapsed.size > 0 ? "Expand all  [" : "Collapse all  ]"}
          onClick={() => setCollapsed(collapsed.size > 0 ? new Set() : collapseAll(model))}
        >
          <Icon name="expand" size={14} />{" "}
          <span class="wide-only">{collapsed.size > 0 ? "Expand all" : "Collapse all"}</span>
        </button>
      </div>
    </div>
  );
}

function goToError({ model, activeRow, goTo }: TraceToolbarProps): void {
  for (let step = 1; step <= model.rowCount; step++) {
    const row = (activeRow + step) % model.rowCount;
    if (!hasFlag(model, row, RowFlag.error)) continue;
    goTo(row);
    return;
  }
}
