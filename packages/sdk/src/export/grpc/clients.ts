// clients.ts — kept gRPC connections, one per address, certificates and compression.
//
// The library's own retries are off, because the sender decides about those, and its pauses between connections are short
// for the same reason.

import type * as Grpc from "@grpc/grpc-js";
import type { ExportTarget } from "../../options/options.ts";
import { userAgent } from "../user-agent.ts";
import { quietenChannel } from "./quiet-sockets.ts";

/** OTLP recommends it to senders. */
const ANSWER_SIZE_BYTES_MAX = 4 * 1_048_576;
const RECONNECT_MS = { first: 100, max: 1_000 };

export class GrpcClients {
  readonly #grpc: typeof Grpc;
  /** At most one per signal, and those of addresses from before. */
  readonly #clients = new Map<string, Grpc.Client>();

  constructor(grpc: typeof Grpc) {
    this.#grpc = grpc;
  }

  clientFor(target: ExportTarget): Grpc.Client {
    const key = keyOf(target);
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const client = this.#open(target);
    this.#clients.set(key, client);
    return client;
  }

  /** A connection that gave no answer may be dead without anybody having noticed: the next call opens another. */
  forget(target: ExportTarget, client: Grpc.Client): void {
    const key = keyOf(target);
    if (this.#clients.get(key) === client) this.#clients.delete(key);
    client.close();
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #open(target: ExportTarget): Grpc.Client {
    const { Client, compressionAlgorithms } = this.#grpc;
    const client = new Client(addressOf(target), this.#credentialsOf(target), {
      "grpc.primary_user_agent": userAgent(target.headers["user-agent"]),
      "grpc.default_compression_algorithm":
        compressionAlgorithms[target.compression === "none" ? "identity" : "gzip"],
      "grpc.max_receive_message_length": ANSWER_SIZE_BYTES_MAX,
      "grpc.enable_retries": 0,
      "grpc.initial_reconnect_backoff_ms": RECONNECT_MS.first,
      "grpc.max_reconnect_backoff_ms": RECONNECT_MS.max,
      "grpc.service_config_disable_resolution": 1,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_channelz": 0,
    });
    quietenChannel(client.getChannel());
    return client;
  }

  #credentialsOf({ isSecure, tls }: ExportTarget): Grpc.ChannelCredentials {
    if (!isSecure) return this.#grpc.credentials.createInsecure();
    const [ca, key, cert] = [tls.ca, tls.key, tls.cert].map((text) =>
      text === undefined ? null : Buffer.from(text),
    );
    return this.#grpc.credentials.createSsl(ca, key, cert);
  }
}

function keyOf({ url, isSecure, tls, compression, headers }: ExportTarget): string {
  const { ca, cert, key } = tls;
  return JSON.stringify([url, isSecure, ca, cert, key, compression, headers["user-agent"]]);
}

/** `host:port`, or a name in gRPC's own form. */
function addressOf({ url, isSecure }: ExportTarget): string {
  if (!/^https?:/u.test(url)) return url;
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || (isSecure ? 443 : 80)}`;
}
