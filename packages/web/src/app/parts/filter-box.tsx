// filter-box.tsx — the shared filter: chips for what holds, a field for what is being typed.

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import {
  addTerm,
  joinTerms,
  parseTraceId,
  removeTermAt,
  splitTerms,
} from "../../core/filter/filter.ts";
import type { Suggestion } from "../../core/filter/filter.ts";
import type { FacetSignal } from "../../core/api/api.ts";
import { filter, navigate, tracePage } from "../state/location.ts";
import { Icon } from "./parts.tsx";
import { useSuggestions } from "./use-suggestions.ts";

/** `/` puts the cursor here. */
export const SEARCH_ID = "search";

interface FilterBoxProps {
  placeholder: string;
  /** What the API said about the filter. */
  error?: string | undefined;
  /** Whose keys and values are offered while typing. */
  signal: FacetSignal;
}

export function FilterBox({ placeholder, error, signal }: FilterBoxProps): JSX.Element {
  const [draft, setDraft] = useState("");
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement | null>(null);
  const [isFocused, setFocused] = useState(false);
  const terms = splitTerms(filter.value);
  const suggestions = useSuggestions(signal, draft, isFocused);

  const submit = (text: string): void => {
    const traceId = parseTraceId(text);
    setDraft("");
    setActive(-1);
    if (traceId !== undefined) navigate({ page: tracePage(traceId) });
    else if (text.trim() !== "")
      navigate({ filter: splitTerms(text).reduce(addTerm, filter.value) });
  };
  const take = (suggestion: Suggestion): void => {
    setActive(-1);
    if (suggestion.isTerm) submit(suggestion.text);
    else setDraft(suggestion.text);
    input.current?.focus();
  };
  const editLast = (): void => {
    setDraft(terms.at(-1) ?? "");
    navigate({ filter: joinTerms(terms.slice(0, -1)) });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (suggestions.length === 0) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((active + step + suggestions.length + 1) % (suggestions.length + 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const chosen = suggestions[active];
      if (chosen === undefined) submit(draft);
      else take(chosen);
    } else if (event.key === "Escape") {
      if (draft === "") input.current?.blur();
      else setDraft("");
      setActive(-1);
    } else if (event.key === "Backspace" && draft === "" && terms.length > 0) {
      event.preventDefault();
      editLast();
    }
  };

  return (
    <div class="filter-field">
      <div
        class={`filter-box ${error === undefined ? "" : "is-wrong"}`}
        onClick={() => input.current?.focus()}
      >
        <Icon name="search" size={14} />
        {terms.map((term, place) => (
          <span key={term} class="chip">
            <button
              type="button"
              class="chip-text mono"
              title="Edit"
              onClick={() => {
                navigate({ filter: removeTermAt(filter.value, place) });
                setDraft(term);
                input.current?.focus();
              }}
            >
              {term}
            </button>
            <button
              type="button"
              class="chip-close"
              aria-label={`Remove ${term}`}
              onClick={() => navigate({ filter: removeTermAt(filter.value, place) })}
            >
              <Icon name="close" size={12} />
            </button>
          </span>
        ))}
        <input
          ref={input}
          id={SEARCH_ID}
          class="filter-input"
          value={draft}
          placeholder={terms.length === 0 ? placeholder : "and …"}
          aria-label="Filter"
          role="combobox"
          aria-expanded={suggestions.length > 0}
          aria-controls="filter-suggestions"
          aria-activedescendant={active >= 0 ? `suggestion-${active}` : undefined}
          aria-autocomplete="list"
          aria-invalid={error !== undefined}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          onInput={(event) => {
            setDraft(event.currentTarget.value);
            setActive(-1);
          }}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
          onKeyDown={onKeyDown}
        />
        {terms.length > 1 && (
          <button type="button" class="chip-clear" onClick={() => navigate({ filter: "" })}>
            Clear
          </button>
        )}
        <kbd class="filter-key" aria-hidden="true">
          /
        </kbd>
      </div>
      <ul
        id="filter-suggestions"
        class="suggestions"
        role="listbox"
        aria-label="Suggestions"
        hidden={suggestions.length === 0}
      >
        {suggestions.map((suggestion, place) => (
          <li
            key={suggestion.text}
            id={`suggestion-${place}`}
            role="option"
            aria-selected={place === active}
            // The field must keep the focus, or the list is gone before the click.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => take(suggestion)}
          >
            <span class="mono">{suggestion.text}</span>
            <span class="faint">{suggestion.note}</span>
          </li>
        ))}
      </ul>
      {error !== undefined && (
        <p class="filter-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
