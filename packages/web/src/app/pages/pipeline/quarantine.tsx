// quarantine.tsx — rows that ClickHouse refused, each with the reason: nothing disappears without a word.

import type { QuarantinedRow } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { formatCount } from "../../../core/format/format.ts";
import { formatDateTime, nanoToMs } from "../../../core/time/time.ts";
import { zone } from "../../state/settings.ts";

export function Quarantine({ rows }: { rows: readonly QuarantinedRow[] }): JSX.Element {
  return (
    <section class="card" aria-label="Quarantine">
      <div class="card-head">
        <h2>Quarantine</h2>
        <span class="hint">Rows that could not be stored, kept in the data folder</span>
      </div>
      {rows.length === 0 ? (
        <p class="hint card-pad">Empty: every row that was accepted is stored or on its way.</p>
      ) : (
        <div class="table-scroll" tabIndex={0} role="region" aria-label="Quarantined rows">
          <table class="table quarantine">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Signal</th>
                <th scope="col">Row</th>
                <th scope="col">Reason</th>
                <th scope="col" class="right">
                  Count
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, place) => (
                <tr key={place}>
                  <td class="time soft">
                    {formatDateTime(nanoToMs(row.timeUnixNano), zone.value, false)}
                  </td>
                  <td>{row.signal}</td>
                  <td class="mono">{row.summary}</td>
                  <td>{row.reason}</td>
                  <td class="number right">{formatCount(row.count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
