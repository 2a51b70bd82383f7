// duration-select.tsx — the least duration of what is listed.

import type { JSX } from "preact";
import { findTerm, replaceTerm } from "../../../core/filter/filter.ts";
import { filter, navigate } from "../../state/location.ts";

const CHOICES = ["10ms", "50ms", "100ms", "500ms", "1s", "5s", "30s"] as const;

export function DurationSelect(): JSX.Element {
  const value = findTerm(filter.value, ["duration"], ">") ?? "";
  const choices =
    value === "" || CHOICES.some((choice) => choice === value) ? CHOICES : [value, ...CHOICES];
  return (
    <select
      class="select"
      aria-label="Minimum duration"
      value={value}
      onChange={(event) => {
        const next = event.currentTarget.value;
        navigate({
          filter: replaceTerm(filter.value, ["duration"], ">", next === "" ? undefined : next),
        });
      }}
    >
      <option value="">Any duration</option>
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {`> ${choice.replace(/(\d)([a-z])/, "$1 $2")}`}
        </option>
      ))}
    </select>
  );
}
