// live.ts — what arrives, on every open page, 50 ms later.
//
//   batch ──publish──▶ windows in memory ──every 50 ms, what changed──▶ frames ──▶ ring ──▶ clients
//                        (state.ts)                    (topics/)      one per (topic, filter)
//
// `publish` is on the receiver's way, so it only counts; JSON is made once per frame, topic and filter, however
// many pages want it, and only of rows that are shown. Nothing here waits for a page.

import type { Batch } from "@telemetry/otlp";
import type {
  DisplayPush,
  LiveEvent,
  LiveHello,
  LiveReset,
  LiveTopic,
  PipelineStatus,
  StationStatus,
  View,
} from "../contract/contract.ts";
import { Station } from "../self/self.ts";
import { LiveClient, type LiveSink } from "./client.ts";
import type { LiveFilter } from "./filters.ts";
import { FrameClock } from "./frame-clock.ts";
import { FrameRing, RING_AGE_MS_MAX, RING_SIZE_BYTES_MAX } from "./frame-ring.ts";
import { Groups, GROUPS_MAX, type Group } from "./groups.ts";
import { METRICS_MAX, SERIES_MAX } from "./metric-table.ts";
import { SERVICES_MAX } from "./services.ts";
import { LiveState } from "./state.ts";
import { SubscriptionError } from "./subscription-error.ts";
import { PIPELINE_INTERVAL_MS, Topics } from "./topics/topics.ts";
import { GROWING_TRACES_MAX } from "./trace-table.ts";

export type { LiveClient, LiveSink } from "./client.ts";
export type { LiveFilter } from "./filters.ts";
export type { LiveMessage } from "./frame-ring.ts";
export { SubscriptionError } from "./subscription-error.ts";

const FRAME_MS = 50;
const CLIENTS_MAX = 256;
const TOPICS_PER_CLIENT_MAX = 32;
/** Frames that a page which was slow gets after all; beyond, a snapshot is less. */
const CATCH_UP_FRAMES_MAX = 40;

export interface LiveOptions {
  /** Of this package, for the `hello`. */
  readonly version: string;
  readonly pipeline: () => PipelineStatus;
  /** Least time between frames in milliseconds. Default: 50. */
  readonly frameMs?: number;
  /** Of the frames kept for resumption. Defaults: 64 MiB, 30 s. */
  readonly ringSizeBytesMax?: number;
  readonly ringAgeMsMax?: number;
}

export interface LiveRequest {
  readonly topics: readonly LiveTopic[];
  /** On the topics `traces` and `logs`. */
  readonly filter?: LiveFilter;
  /** Id of the last event that the page has seen. */
  readonly afterId?: string;
}

export interface Live {
  /** Counts the batch in. Reads it during the call only, so its buffers may be transferred right after. */
  publish(batch: Batch, receivedAtMs: number): void;
  /**
   * Opens a stream: `hello`, then what was missed since `afterId`, or a snapshot of every topic, then frames.
   * @throws {SubscriptionError} for an unknown topic, or when too much is open.
   * @throws {FilterSyntaxError} when the filter does not fit a topic.
   */
  subscribe(request: LiveRequest, sink: LiveSink): LiveClient;
  /** Shows views, from now on. */
  setViews(views: readonly View[]): void;
  /** Writes what has not been shown yet to all pages, and tells them to ask their queries again. */
  display(): Promise<DisplayPush>;
  status(): StationStatus;
  /** Ends all streams' supply; the transports close them. */
  close(): void;
}

export function openLive(options: LiveOptions): Live {
  return new LiveStation(options);
}

class LiveStation implements Live {
  readonly #version: string;
  readonly #frameMs: number;
  readonly #station: Station;
  readonly #state: LiveState;
  readonly #groups: Groups;
  readonly #clients = new Set<LiveClient>();
  readonly #ring: FrameRing;
  readonly #clock: FrameClock;
  #pipelineTimer: NodeJS.Timeout | undefined;

  constructor({ version, pipeline, frameMs = FRAME_MS, ...ring }: LiveOptions) {
    const { ringSizeBytesMax = RING_SIZE_BYTES_MAX, ringAgeMsMax = RING_AGE_MS_MAX } = ring;
    this.#version = version;
    this.#frameMs = frameMs;
    this.#station = new Station("live", {
      clients_max: CLIENTS_MAX,
      topics_max: GROUPS_MAX,
      ring_bytes_max: ringSizeBytesMax,
      services_max: SERVICES_MAX,
      growing_traces_max: GROWING_TRACES_MAX,
      metrics_max: METRICS_MAX,
      series_max: SERIES_MAX,
    });
    this.#state = new LiveState({ station: this.#station, pipeline });
    this.#groups = new Groups(new Topics(this.#state), ringAgeMsMax);
    this.#ring = new FrameRing({
      epochMs: Date.now(),
      sizeBytesMax: ringSizeBytesMax,
      ageMsMax: ringAgeMsMax,
    });
    this.#clock = new FrameClock(frameMs, () => this.#makeFrames());
  }

  publish(batch: Batch, receivedAtMs: number): void {
    this.#station.count(`rows_${batch.signal}`, batch.rowCount);
    const added = this.#state.add(batch, receivedAtMs);
    if (this.#groups.size === 0) return this.#state.endFrame();
    for (const { topic } of this.#groups) topic.add?.(added);
    this.#clock.request();
  }

  setViews(views: readonly View[]): void {
    this.#state.setViews(views);
    if (this.#groups.size > 0) this.#clock.request();
  }

  // ---- frames

  #makeFrames(): void {
    const nowMs = Date.now();
    this.#groups.closeLeft(nowMs);
    for (const { key, topic, clients } of this.#groups) {
      const event = topic.takeFrame(nowMs);
      if (event === undefined) continue;
      const data = JSON.stringify(event.data);
      const frame = this.#ring.add(key, event.type, data, nowMs);
      this.#station.count("frames");
      this.#station.count("frame_bytes", data.length);
      for (const client of clients) {
        const isWritten = client.offer(frame.message, frame.number);
        this.#station.count(isWritten ? "frames_written" : "frames_passed_slow_clients");
      }
    }
    this.#state.endFrame();
  }

  // ---- pages

  subscribe({ topics, filter, afterId = "" }: LiveRequest, sink: LiveSink): LiveClient {
    this.#refuseTooMany(topics);
    this.#clock.frameNow(); // What waits is for the others; the newcomer gets it in its snapshot.
    const { lastNumber } = this.#ring;
    const groups = [...new Set(topics)].map((name) => this.#groups.open(name, filter, lastNumber));
    const client: LiveClient = new LiveClient({
      sink,
      onBehind: (lastNumber, missedCount) => this.#catchUp(client, groups, lastNumber, missedCount),
      onFailure: () => this.#station.count("clients_failed"),
      onClose: () => this.#leave(client, groups),
    });
    this.#clients.add(client);
    for (const group of groups) group.clients.add(client);
    this.#welcome(client, groups, afterId);
    this.#showPipeline();
    return client;
  }

  #refuseTooMany(topics: readonly LiveTopic[]): void {
    if (this.#clients.size >= CLIENTS_MAX) {
      throw new SubscriptionError(
        "too_many",
        `Cannot open a live stream: ${CLIENTS_MAX} are open already`,
      );
    }
    if (topics.length > TOPICS_PER_CLIENT_MAX) {
      throw new SubscriptionError(
        "too_many",
        `Cannot open a live stream: it has ${topics.length} topics, ${TOPICS_PER_CLIENT_MAX} is the limit`,
      );
    }
  }

  #welcome(client: LiveClient, groups: readonly Group[], afterId: string): void {
    const number = this.#ring.findNumber(afterId);
    const missed = number === undefined ? undefined : this.#missedSince(groups, number);
    const hello: LiveHello = {
      version: this.#version,
      frameMs: this.#frameMs,
      resumed: missed !== undefined,
    };
    this.#write(client, { type: "hello", data: hello });
    if (missed !== undefined) {
      this.#station.count("resumptions");
      for (const frame of missed) client.write(frame.message, frame.number);
      return;
    }
    if (afterId !== "") this.#reset(client, { reason: "expired", skippedFrames: 0 });
    this.#writeSnapshots(client, groups);
  }

  /** The frames of these groups after a number; undefined when they are not all known any more. */
  #missedSince(groups: readonly Group[], number: number) {
    if (groups.some(({ openedAfter }) => openedAfter > number)) return undefined;
    const keys = new Set(groups.map(({ key }) => key));
    return this.#ring.after(number, (key) => keys.has(key));
  }

  #catchUp(
    client: LiveClient,
    groups: readonly Group[],
    lastNumber: number,
    missedCount: number,
  ): void {
    const missed =
      missedCount > CATCH_UP_FRAMES_MAX ? undefined : this.#missedSince(groups, lastNumber);
    if (missed !== undefined) {
      for (const frame of missed) client.write(frame.message, frame.number);
      return;
    }
    this.#clock.frameNow();
    this.#reset(client, { reason: "slow", skippedFrames: missedCount });
    this.#writeSnapshots(client, groups);
  }

  #reset(client: LiveClient, reset: LiveReset): void {
    this.#station.count(`resets_${reset.reason}`);
    this.#write(client, { type: "reset", data: reset });
  }

  #writeSnapshots(client: LiveClient, groups: readonly Group[]): void {
    const nowMs = Date.now();
    for (const { topic } of groups) this.#write(client, topic.snapshot(nowMs));
  }

  /** Writes an event that is for this page alone. */
  #write(client: LiveClient, { type, data }: LiveEvent): void {
    const message = { id: this.#ring.lastId, event: type, data: JSON.stringify(data) };
    client.write(message, this.#ring.lastNumber);
  }

  #leave(client: LiveClient, groups: readonly Group[]): void {
    this.#clients.delete(client);
    for (const group of groups) {
      group.clients.delete(client);
      if (group.clients.size === 0) group.emptySinceMs = Date.now();
    }
    this.#showPipeline();
  }

  /** Counters change without a batch, so their topic has a timer, while somebody looks. */
  #showPipeline(): void {
    const isWanted = this.#groups.isWanted("pipeline");
    if (isWanted === (this.#pipelineTimer !== undefined)) return;
    clearInterval(this.#pipelineTimer);
    this.#pipelineTimer = isWanted
      ? setInterval(() => this.#clock.request(), PIPELINE_INTERVAL_MS)
      : undefined;
  }

  async display(): Promise<DisplayPush> {
    this.#clock.frameNow();
    const timeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
    const { spans, logs, points } = this.#state.totals;
    const ready = [...this.#clients].filter(({ isFull }) => !isFull);
    for (const client of ready) this.#write(client, { type: "display", data: { timeUnixNano } });
    return { clients: ready.length, timeUnixNano, traces: spans, metrics: points, logs };
  }

  status(): StationStatus {
    const { services, traces, recent } = this.#state;
    this.#station.set("clients", this.#clients.size);
    this.#station.set("topics", this.#groups.size);
    this.#station.set("ring_bytes", this.#ring.sizeBytes);
    this.#station.set("recent_bytes", recent.sizeBytes);
    this.#station.set("growing_traces", traces.size);
    this.#station.set("services", services.size);
    return this.#station.status();
  }

  close(): void {
    this.#clock.close();
    clearInterval(this.#pipelineTimer);
    for (const client of this.#clients) client.close();
    this.#groups.close();
  }
}
