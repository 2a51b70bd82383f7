// stream.ts — the live stream on the browser's side. The face of `stream`.
//
//   server ──event stream──▶ openStream ──▶ LiveHub ──messages──▶ LiveClient ──once per frame──▶ stores
//                            (one per browser, in a SharedWorker)  (one per tab)
//
// A browser allows six connections to one host; with one stream per tab the seventh tab would freeze.

export { EventStreamParser } from "./event-stream.ts";
export type { StreamEvent } from "./event-stream.ts";
export { openStream } from "./open-stream.ts";
export type { OpenStream, StreamHandlers, StreamRequest } from "./open-stream.ts";
export { LiveHub } from "./live-hub.ts";
export type { HubMessage, LivePort, LiveStatus, TabMessage } from "./messages.ts";
export { LiveClient } from "./live-client.ts";
