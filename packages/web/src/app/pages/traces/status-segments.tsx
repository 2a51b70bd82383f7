// status-segments.tsx — all traces, or only those with errors.

import type { JSX } from "preact";
import { findTerm, replaceTerm } from "../../../core/filter/filter.ts";
import { Icon, Segments } from "../../parts/parts.tsx";
import { filter, navigate } from "../../state/location.ts";

export function StatusSegments(): JSX.Element {
  const value = findTerm(filter.value, ["status"], "=") === "error" ? "error" : "all";
  return (
    <Segments
      label="Status"
      value={value}
      options={[
        { value: "all", label: "All" },
        {
          value: "error",
          label: (
            <>
              <Icon name="error" size={13} /> Errors
            </>
          ),
        },
      ]}
      onChange={(next) =>
        navigate({
          filter: replaceTerm(filter.value, ["status"], "=", next === "error" ? next : undefined),
        })
      }
    />
  );
}
