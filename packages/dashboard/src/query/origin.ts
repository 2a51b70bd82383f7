// origin.ts — the columns that spans and logs share: resource, scope and where the row's time comes from.

import type { Attributes, Scope, TimeSource } from "../contract/contract.ts";
import { attributesSql, readAttributes, type AttributesRow } from "./attributes.ts";

export const ORIGIN_SQL = `ServiceName AS service,
  ${attributesSql("ResourceAttributes")} AS resource,
  ResourceDroppedAttrCount AS resourceDroppedAttributesCount,
  ResourceSchemaUrl AS resourceSchemaUrl,
  ScopeName AS scopeName,
  ScopeVersion AS scopeVersion,
  ${attributesSql("ScopeAttributes")} AS scopeAttributes,
  ScopeDroppedAttrCount AS scopeDroppedAttributesCount,
  ScopeSchemaUrl AS scopeSchemaUrl,
  TimestampSource AS timeSource`;

export interface OriginRow {
  readonly service: string;
  readonly resource: AttributesRow;
  readonly resourceDroppedAttributesCount: number;
  readonly resourceSchemaUrl: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly scopeAttributes: AttributesRow;
  readonly scopeDroppedAttributesCount: number;
  readonly scopeSchemaUrl: string;
  readonly timeSource: "" | TimeSource;
}

export interface Origin {
  readonly service: string;
  readonly resource: Attributes;
  readonly scope: Scope;
  readonly resourceDroppedAttributesCount?: number;
  readonly resourceSchemaUrl?: string;
  readonly scopeSchemaUrl?: string;
  readonly timeSource?: TimeSource;
}

export function readOrigin(row: OriginRow): Origin {
  return {
    service: row.service,
    resource: readAttributes(row.resource),
    scope: {
      name: row.scopeName,
      ...unlessEmpty("version", row.scopeVersion),
      attributes: readAttributes(row.scopeAttributes),
      ...unlessEmpty("droppedAttributesCount", row.scopeDroppedAttributesCount),
    },
    ...unlessEmpty("resourceDroppedAttributesCount", row.resourceDroppedAttributesCount),
    ...unlessEmpty("resourceSchemaUrl", row.resourceSchemaUrl),
    ...unlessEmpty("scopeSchemaUrl", row.scopeSchemaUrl),
    ...unlessEmpty("timeSource", row.timeSource),
  };
}

/** What OTLP leaves out when it is the default is left out here too: 0 and ''. */
export function unlessEmpty<Key extends string, Value extends string | number>(
  key: Key,
  value: Value,
): { [K in Key]?: Exclude<Value, "" | 0> } {
  return (value === "" || value === 0 ? {} : { [key]: value }) as {
    [K in Key]?: Exclude<Value, "" | 0>;
  };
}
