/** `telemetry.sdk.name`; "opentelemetry" is reserved for the official SDK. */
export const SDK_NAME = "telemetry";
/** Equal to package.json's version, which a test compares. */
export const SDK_VERSION = "0.1.0";
