// range-picker.tsx — the shared time range: presets, free text, two moments, and the zone all times are written in.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import {
  RANGE_PRESETS,
  describeRange,
  formatDateTime,
  formatSpan,
  parseRange,
  parseRangeText,
  resolveRange,
  shiftRange,
  zoomOut,
} from "../../core/time/time.ts";
import type { TimeRange } from "../../core/time/time.ts";
import { navigate, range } from "../state/location.ts";
import { zone } from "../state/settings.ts";
import { Icon, IconButton, Segments } from "./parts.tsx";
import { Popover } from "./popover.tsx";

export const RANGE_BUTTON_ID = "range-picker";

export function RangePicker(): JSX.Element {
  const current = range.value;
  const isFixed = current.kind === "between";
  return (
    <div class="range-picker">
      {isFixed && (
        <IconButton
          icon="left"
          label="Earlier"
          onClick={() => setRange(shiftRange(current, -1, Date.now()))}
        />
      )}
      <Popover
        id={RANGE_BUTTON_ID}
        label="Time range"
        buttonLabel={`Time range: ${describeRange(current, zone.value)}`}
        title="Time range  d"
        buttonClass="button range-button"
        align="end"
        class="range-panel"
        button={
          <>
            <Icon name="clock" size={14} />
            <span class="number">{describeRange(current, zone.value)}</span>
          </>
        }
      >
        {(close) => <RangePanel close={close} />}
      </Popover>
      {isFixed && (
        <IconButton
          icon="chevron"
          label="Later"
          onClick={() => setRange(shiftRange(current, 1, Date.now()))}
        />
      )}
    </div>
  );
}

function setRange(next: TimeRange): void {
  navigate({ range: next });
}

function RangePanel({ close }: { close: () => void }): JSX.Element {
  const current = range.value;
  const choose = (next: TimeRange): void => {
    setRange(next);
    close();
  };
  return (
    <>
      <div class="range-presets" role="group" aria-label="Presets">
        {RANGE_PRESETS.map((preset) => {
          const isChosen = current.kind === "last" && formatSpan(current.ms) === preset;
          return (
            <button
              key={preset}
              type="button"
              aria-pressed={isChosen}
              onClick={() => choose(parseRange(preset, null))}
            >
              {preset}
            </button>
          );
        })}
      </div>
      <RangeText choose={choose} />
      <div class="range-foot">
        <Segments
          label="Time zone"
          value={zone.value}
          options={[
            { value: "local", label: "Local" },
            { value: "utc", label: "UTC" },
          ]}
          onChange={(value) => (zone.value = value)}
        />
        <button type="button" class="button quiet" onClick={() => choose(zoomOut(current))}>
          <Icon name="zoomOut" size={14} /> Zoom out
        </button>
      </div>
    </>
  );
}

function RangeText({ choose }: { choose: (next: TimeRange) => void }): JSX.Element {
  const resolved = resolveRange(range.value, Date.now());
  const [text, setText] = useState(
    range.value.kind === "between"
      ? `${formatDateTime(resolved.fromMs, "local", false)} to ${formatDateTime(resolved.toMs, "local", false)}`
      : "",
  );
  const parsed = parseRangeText(text, Date.now());
  return (
    <form
      class="range-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (parsed !== undefined) choose(parsed);
      }}
    >
      <label>
        <span>Custom range</span>
        <input
          class="input"
          value={text}
          placeholder="last 20 min, yesterday 14:00 to 15:30"
          aria-describedby="range-hint"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <p id="range-hint" class="hint" role="status">
        {text === ""
          ? "Moments are in your local time."
          : parsed === undefined
            ? "This is no range yet."
            : meaningOf(parsed)}
      </p>
    </form>
  );
}

function meaningOf(parsed: TimeRange): string {
  return `${describeRange(parsed, zone.value)} · press Enter`;
}
