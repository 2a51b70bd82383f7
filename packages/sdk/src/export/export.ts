// The way out of the process: encoded records to an OTLP receiver, in the background.

export { BatchQueue, ScopeBuffer } from "./batch-queue.ts";
export type { BatchQueueOptions, BatchQueueStatus } from "./batch-queue.ts";
export { Pace } from "./pace.ts";
export type { AnnouncedPace } from "./pace.ts";
export { HttpPoster } from "./post.ts";
export type { PostRequest, PostResponse, Transport } from "./post.ts";
export { Sender } from "./sender.ts";
export type { SenderOptions, SendResult } from "./sender.ts";
