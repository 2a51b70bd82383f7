// attribute-table.tsx — keys and values; every value can be copied and turned into a filter.

import type { Attributes, AttributeValue } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { addTerm, formatAttributeTerm } from "../../core/filter/filter.ts";
import type { Operator } from "../../core/filter/filter.ts";
import { attributeText, jsonText } from "../../core/format/format.ts";
import type { Page } from "../../core/url/url.ts";
import { filter, navigate } from "../state/location.ts";
import { CopyButton, IconButton } from "./parts.tsx";

interface AttributeTableProps {
  attributes: Attributes;
  /** Where "filter for" leads; without it values can only be copied. */
  filterPage?: Page;
  label: string;
}

export function AttributeTable({
  attributes,
  filterPage,
  label,
}: AttributeTableProps): JSX.Element {
  const entries = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return <p class="hint">None.</p>;
  return (
    <table class="attributes" aria-label={label}>
      <tbody>
        {entries.map(([key, value]) => (
          <tr key={key}>
            <th scope="row" class="mono">
              {key}
            </th>
            <td>
              <div class="attribute-value">
                <Value value={value} />
                <div class="attribute-actions">
                  {filterPage !== undefined && isFilterable(value) && (
                    <>
                      <IconButton
                        class="small"
                        icon="plus"
                        label={`Filter for ${key}`}
                        onClick={() => filterBy(filterPage, key, "=", value)}
                      />
                      <IconButton
                        class="small"
                        icon="minus"
                        label={`Filter out ${key}`}
                        onClick={() => filterBy(filterPage, key, "!=", value)}
                      />
                    </>
                  )}
                  <CopyButton text={attributeText(value)} label={`Copy ${key}`} />
                </div>
              </div>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function isFilterable(value: AttributeValue): boolean {
  return typeof value === "string"
    ? value.length <= 1_000
    : typeof value === "number" || typeof value === "boolean";
}

function filterBy(page: Page, key: string, operator: Operator, value: AttributeValue): void {
  navigate({ page, filter: addTerm(filter.value, formatAttributeTerm(key, operator, value)) });
}

const LENGTH_SHOWN = 600;

/** Long text is folded; nested values and JSON inside a string are shown as indented JSON. */
function Value({ value }: { value: AttributeValue }): JSX.Element {
  const [isUnfolded, setUnfolded] = useState(false);
  const isNested = typeof value === "object" && value !== null;
  const text = isNested ? jsonText(value) : indentIfJson(attributeText(value));
  const isLong = text.length > LENGTH_SHOWN;
  return (
    <span class={`value mono is-${value === null ? "null" : typeof value}`}>
      {isLong && !isUnfolded ? `${text.slice(0, LENGTH_SHOWN)}…` : text}
      {isLong && (
        <button type="button" class="text-button" onClick={() => setUnfolded(!isUnfolded)}>
          {isUnfolded ? "Less" : `All ${text.length} characters`}
        </button>
      )}
    </span>
  );
}

function indentIfJson(text: string): string {
  if (!/^\s*[[{]/.test(text) || text.length > 100_000) return text;
  try {
    return jsonText(JSON.parse(text));
  } catch {
    return text; // looks like JSON and is not: shown as it came
  }
}
