// live-worker.ts — the SharedWorker: one stream for all tabs of this browser.

import { LiveHub, openStream } from "../../core/stream/stream.ts";

const hub = new LiveHub(openStream({ fetch: (input, init) => fetch(input, init) }));

addEventListener("connect", (event) => {
  for (const port of (event as MessageEvent).ports) hub.connect(port);
});
