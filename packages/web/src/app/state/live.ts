// live.ts — this tab's end of the live stream, and who listens to it.

import { effect, signal } from "@preact/signals";
import type { LiveEvent } from "@telemetry/dashboard/contract";
import { useEffect, useRef } from "preact/hooks";
import { OverviewStore } from "../../core/live/live.ts";
import { LiveClient, LiveHub, openStream } from "../../core/stream/stream.ts";
import type { LivePort, LiveStatus } from "../../core/stream/stream.ts";
import { askAgain, needsToken } from "./session.ts";

export const liveStatus = signal<LiveStatus>({ state: "connecting" });
/** What the stream should carry; the page in sight decides. */
export const subscription = signal<{ topics: readonly string[]; filter: string }>({
  topics: ["overview"],
  filter: "",
});

export const overview = new OverviewStore();
/** Goes up when the overview has changed. */
export const overviewVersion = signal(0);

const handlers = new Map<LiveEvent["type"], Set<(data: never) => void>>();

/** Calls back for every event of a type while the component is on screen, once per frame at most. */
export function useLive<Type extends LiveEvent["type"]>(
  type: Type,
  handle: (data: Extract<LiveEvent, { type: Type }>["data"]) => void,
): void {
  const latest = useRef(handle);
  latest.current = handle;
  useEffect(() => {
    const call = (data: never): void => latest.current(data);
    const ofType = handlers.get(type) ?? new Set();
    handlers.set(type, ofType.add(call));
    return () => void ofType.delete(call);
  }, [type]);
}

/** Tells the stream what this page needs; topics in one order, so that equal needs are equal. */
export function useTopics(topics: readonly string[], filter = ""): void {
  const key = topics.join();
  useEffect(() => {
    subscription.value = { topics: [...topics].sort(), filter };
  }, [key, filter]);
}

/** A hidden tab gives its stream back after this long. */
const HIDDEN_MS_MAX = 10_000;
const ALIVE_MS = 20_000;

/** Starts the stream of this tab; to be called once. */
export function startLive(): void {
  const client = new LiveClient({
    port: openPort(),
    schedule: (callback) => void requestAnimationFrame(callback),
    onEvents: (events) => events.forEach(dispatch),
    onStatus: (status) => {
      if (status.state === "unauthorized") needsToken.value = true;
      liveStatus.value = status;
    },
  });
  effect(() => client.subscribe(subscription.value.topics, subscription.value.filter));
  effect(() => {
    if (askAgain.value > 0 && liveStatus.peek().state === "unauthorized") client.retry();
  });
  setInterval(() => client.stayAlive(), ALIVE_MS);
  leaveWhileHidden(client);
}

function dispatch(event: LiveEvent): void {
  if (event.type === "overview") {
    overview.apply(event.data, Date.now());
    overviewVersion.value++;
  }
  if (event.type === "display") askAgain.value++;
  // The handlers of a type were given for exactly its data, see useLive.
  for (const handle of handlers.get(event.type) ?? []) handle(event.data as never);
}

/** One stream for all tabs where the browser can; otherwise one of our own. */
function openPort(): LivePort {
  if (typeof SharedWorker === "function") {
    const worker = new SharedWorker(new URL("./live-worker.ts", import.meta.url), {
      type: "module",
      name: "telemetry-live",
    });
    return worker.port;
  }
  const { port1, port2 } = new MessageChannel();
  new LiveHub(openStream({ fetch: (input, init) => fetch(input, init) })).connect(port2);
  return port1;
}

function leaveWhileHidden(client: LiveClient): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hasLeft = false;
  const leave = (): void => {
    hasLeft = true;
    client.leave();
  };
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => {
    if (event.persisted) client.resume();
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(leave, HIDDEN_MS_MAX);
    else if (hasLeft) {
      hasLeft = false;
      client.resume();
    }
  });
}
