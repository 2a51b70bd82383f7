// The way out of the process: encoded records to OTLP receivers, in the background.

export { BatchCollector, ScopeBuffer } from "./batch-collector.ts";
export { BatchQueue } from "./batch-queue.ts";
export type { BatchQueueOptions, BatchQueueStatus } from "./batch-queue.ts";
export { destinationsOf, endpointsOf, openDestinations, protocolsOf } from "./destination.ts";
export type { Destination } from "./destination.ts";
export { DestinationQueue } from "./destination-queue.ts";
export type { DestinationQueueStatus } from "./destination-queue.ts";
export { HttpPoster } from "./http/post.ts";
export type { PostRequest, PostResponse, Transport } from "./http/post.ts";
export { Pace } from "./pace.ts";
export type { AnnouncedPace } from "./pace.ts";
export { SealedBatch } from "./sealed-batch.ts";
export { Sender } from "./sender.ts";
export type { SenderOptions, SendResult } from "./sender.ts";
export { Spool } from "./spool/spool.ts";
