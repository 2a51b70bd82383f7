// palette.tsx — Cmd/Ctrl-K: pages, services and actions by name, a pasted trace id by itself.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatTerm, parseTraceId, replaceTerm } from "../../core/filter/filter.ts";
import { Icon, Keys } from "../parts/parts.tsx";
import type { IconName } from "../parts/parts.tsx";
import { PAGES, filter, navigate, tracePage } from "../state/location.ts";
import { serviceNames } from "../state/services.ts";
import { Modal } from "./modal.tsx";
import { GLOBAL_ACTIONS, isPaletteOpen } from "./shortcuts.ts";

interface Entry {
  readonly icon: IconName;
  readonly text: string;
  readonly note: string;
  readonly keys?: string;
  run(): void;
}

const ENTRIES_MAX = 12;

export function Palette(): JSX.Element | null {
  return isPaletteOpen.value ? <OpenPalette /> : null;
}

function OpenPalette(): JSX.Element {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const entries = findEntries(text);
  const close = (): void => {
    isPaletteOpen.value = false;
  };
  const run = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    close();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") run(entries[active]);
    else if (event.key === "ArrowDown") setActive((active + 1) % Math.max(1, entries.length));
    else if (event.key === "ArrowUp")
      setActive((active - 1 + entries.length) % Math.max(1, entries.length));
    else return;
    event.preventDefault();
  };
  return (
    <Modal label="Search" class="palette" onClose={close}>
      <div class="palette-field">
        <Icon name="search" />
        <input
          autofocus
          value={text}
          placeholder="Page, service, or paste a trace id"
          role="combobox"
          aria-label="Search"
          aria-expanded="true"
          aria-controls="palette-entries"
          aria-activedescendant={entries.length > 0 ? `entry-${active}` : undefined}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Keys keys="Esc" />
      </div>
      <ul id="palette-entries" role="listbox" aria-label="Results">
        {entries.map((entry, place) => (
          <li
            key={entry.text + entry.note}
            id={`entry-${place}`}
            role="option"
            aria-selected={place === active}
            onPointerMove={() => setActive(place)}
            onClick={() => run(entry)}
          >
            <Icon name={entry.icon} />
            <span class="cut">{entry.text}</span>
            <span class="faint cut">{entry.note}</span>
            {entry.keys !== undefined && <Keys keys={entry.keys} />}
          </li>
        ))}
      </ul>
      {entries.length === 0 && (
        <p class="palette-none">Nothing is called that. Enter searches for it in the traces.</p>
      )}
    </Modal>
  );
}

function findEntries(text: string): Entry[] {
  const traceId = parseTraceId(text);
  if (traceId !== undefined) {
    return [
      {
        icon: "traces",
        text: "Open trace",
        note: traceId,
        run: () => navigate({ page: tracePage(traceId) }),
      },
    ];
  }
  const wanted = text.trim().toLowerCase();
  const entries = [...pageEntries(), ...serviceEntries()].filter((entry) =>
    entry.text.toLowerCase().includes(wanted),
  );
  return wanted === "" || entries.length >= ENTRIES_MAX
    ? entries.slice(0, ENTRIES_MAX)
    : [...entries, ...searchEntries(text.trim())];
}

function pageEntries(): Entry[] {
  const icons: Readonly<Record<string, IconName>> = {
    Overview: "overview",
    Traces: "traces",
    Logs: "logs",
    Metrics: "metrics",
    Pipeline: "pipeline",
  };
  return GLOBAL_ACTIONS.filter(
    (action) => action.keys[0] !== "Mod+k" && action.keys[0] !== "/",
  ).map((action) => ({
    icon: icons[action.label] ?? "more",
    text: action.label,
    note: icons[action.label] === undefined ? "Action" : "Page",
    keys: action.keys.at(-1)!,
    run: () => action.run(),
  }));
}

function serviceEntries(): Entry[] {
  return serviceNames.value.map((name) => ({
    icon: "filter",
    text: name,
    note: "Traces of the service",
    run: () =>
      navigate({
        page: PAGES.traces,
        filter: replaceTerm(filter.value, ["service", "service.name"], "=", name),
      }),
  }));
}

function searchEntries(text: string): Entry[] {
  const term = /[=<>~"]/.test(text) ? text : formatTerm("name", "=", text).replace(/^name = /, "");
  return [
    {
      icon: "search",
      text: `Search traces for ${text}`,
      note: "",
      run: () => navigate({ page: PAGES.traces, filter: term }),
    },
    {
      icon: "search",
      text: `Search logs for ${text}`,
      note: "",
      run: () => navigate({ page: PAGES.logs, filter: term }),
    },
  ];
}
