// pace.ts — how a receiver of ours tells a sender of ours to be quick: a header on every OTLP answer.
//
//   telemetry-live: 1; spans=100; metrics=500; open-spans
//
// Version 1; flush spans and logs every 100 ms and metrics every 500 ms; spans that are still open are welcome. Other
// senders ignore it.

export const PACE_HEADER = ["telemetry-live", "1; spans=100; metrics=500; open-spans"] as const;
