// metric-catalogue.ts — which metrics there are, of what kind, from whom, with which attribute keys.

import type { MetricInfo, MetricKind } from "../contract/contract.ts";
import type { Runner } from "./runner.ts";
import { timeSql, type TimeRange } from "./time.ts";

const METRICS_MAX = 10_000;
const KEYS_MAX = 200;

export interface CatalogueQuestion {
  readonly range: TimeRange;
  /** Only this metric. */
  readonly name?: string | undefined;
}

interface CatalogueRow {
  readonly name: string;
  readonly type: MetricKind;
  readonly unit: string;
  readonly description: string;
  readonly monotonic: boolean;
  readonly services: string[];
  readonly attributeKeys: string[];
}

/** By name; a name that was used for two kinds of points is there twice, the one with the newest point first. */
export async function listMetrics(
  runner: Runner,
  { range, name }: CatalogueQuestion,
  signal?: AbortSignal,
): Promise<MetricInfo[]> {
  const rows = await runner.rows<CatalogueRow>({
    sql: CATALOGUE_SQL,
    params: { from: String(range.fromNs), to: String(range.toNs), name: name ?? "" },
    signal,
  });
  return rows.map(({ monotonic, ...info }) =>
    info.type === "sum" ? { ...info, monotonic } : info,
  );
}

const CATALOGUE_SQL = `SELECT MetricName AS name, Kind AS type,
  argMax(MetricUnit, LastSeen) AS unit, argMax(MetricDescription, LastSeen) AS description,
  max(IsMonotonic) AS monotonic, arraySort(groupUniqArray(toString(ServiceName))) AS services,
  arraySort(groupUniqArrayArray(${KEYS_MAX})(AttributeKeys)) AS attributeKeys
FROM telemetry_metric_hour
WHERE Hour >= toStartOfHour(${timeSql("from")}) AND Hour <= toStartOfHour(${timeSql("to")}) AND ({name:String} = '' OR MetricName = {name:String})
GROUP BY MetricName, Kind ORDER BY name, max(LastSeen) DESC LIMIT ${METRICS_MAX}`;
