// user-agent.ts — who sends, in the form of the specification
// (https://opentelemetry.io/docs/specs/otel/protocol/exporter/#user-agent).

import { SDK_NAME, SDK_VERSION } from "../version.ts";

const OURS = `${SDK_NAME}/${SDK_VERSION} OTel-OTLP-Exporter-JavaScript/${SDK_VERSION}`;

/** `given`, from the app's headers, stands before what the exporter says of itself. */
export function userAgent(given: string | undefined): string {
  return given === undefined || given === "" ? OURS : `${given} ${OURS}`;
}
