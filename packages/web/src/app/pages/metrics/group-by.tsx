// group-by.tsx — by which attributes a metric is split into series.

import type { MetricInfo } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { Icon } from "../../parts/parts.tsx";
import { Popover } from "../../parts/popover.tsx";
import { adjustPage } from "../../state/location.ts";

export function GroupBy({
  metric,
  chosen,
}: {
  metric: MetricInfo;
  chosen: readonly string[];
}): JSX.Element {
  const keys = [...new Set(["service.name", ...metric.attributeKeys, ...chosen])];
  const toggle = (key: string): void => {
    const next = chosen.includes(key) ? chosen.filter((other) => other !== key) : [...chosen, key];
    adjustPage("metrics", { groupBy: next });
  };
  return (
    <Popover
      label="Split by"
      class="group-by"
      button={
        <>
          <span class="faint">Split by</span>
          <span class="cut">{chosen.length === 0 ? "nothing" : chosen.join(", ")}</span>
          <Icon name="down" size={12} />
        </>
      }
    >
      {() => (
        <ul class="check-list">
          {keys.map((key) => (
            <li key={key}>
              <label>
                <input
                  type="checkbox"
                  checked={chosen.includes(key)}
                  onChange={() => toggle(key)}
                />
                <span class="mono cut">{key}</span>
              </label>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}
