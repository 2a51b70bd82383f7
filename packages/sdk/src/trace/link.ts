// link.ts — a link of the api as it is kept: checked, copied, and with the linked tracestate as text.

import type { Link } from "@opentelemetry/api";
import { copyAttributes } from "../attributes/attributes.ts";
import type { ValueLimits } from "../attributes/attributes.ts";
import { isValidIdentity } from "./ids.ts";
import type { LinkRecord } from "./span.ts";

/** Undefined for what is no link: no context, or ids that are none. */
export function linkRecordOf(
  link: Link,
  attributeCountMax: number,
  limits: ValueLimits,
): LinkRecord | undefined {
  try {
    const { context: spanContext } = link;
    if (!isValidIdentity(spanContext)) return undefined;
    const { flat, droppedCount } = copyAttributes(link.attributes, attributeCountMax, limits);
    return {
      spanContext,
      traceId: spanContext.traceId,
      spanId: spanContext.spanId,
      traceStateText: spanContext.traceState?.serialize() ?? "",
      traceFlags: spanContext.traceFlags,
      isRemote: spanContext.isRemote === true,
      flatAttributes: flat,
      droppedAttributesCount: droppedCount + (link.droppedAttributesCount ?? 0),
    };
  } catch {
    return undefined; // the caller counts it
  }
}
