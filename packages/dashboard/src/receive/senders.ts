// senders.ts — who sends, and how much of it each may.
//
// A sender is whom its client certificate names, where certificates are asked for; else a network address: one of
// IPv4, or the 64 bits of an IPv6 address that name its network. Programs on one machine, or behind one proxy, are one
// sender. For memory on its way (held-memory.ts), which a flood must not use up for its neighbours, each connection
// from this machine counts by itself: there every sender has the same address.

import { isIPv4, isIPv6, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { RateLimitedError } from "./errors.ts";
import { Share } from "./held-memory.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Senders known at the same time; who was silent for longest is forgotten. */
const SENDERS_MAX = 1_000;
/** Senders that are shown with what was refused to them. */
const SHOWN_MAX = 20;

export interface SenderLimits {
  /** Of OTLP after decompression, per second and sender. Default: no limit. */
  readonly bytesPerSecond?: number;
  /** Per second and sender. Default: no limit. */
  readonly requestsPerSecond?: number;
}

export class Sender {
  readonly name: string;
  readonly share = new Share();
  readonly #bytes: TokenBucket | undefined;
  readonly #requests: TokenBucket | undefined;
  refusedCount = 0;

  constructor(name: string, { bytesPerSecond, requestsPerSecond }: SenderLimits, nowMs: number) {
    this.name = name;
    this.#bytes = bytesPerSecond === undefined ? undefined : new TokenBucket(bytesPerSecond, nowMs);
    this.#requests =
      requestsPerSecond === undefined ? undefined : new TokenBucket(requestsPerSecond, nowMs);
  }

  /** Lets one more request in. @throws {RateLimitedError} */
  admit(nowMs: number): void {
    const waitMs = Math.max(this.#bytes?.waitMs(nowMs) ?? 0, this.#requests?.waitMs(nowMs) ?? 0);
    if (waitMs > 0) {
      throw new RateLimitedError(
        `Cannot accept request: "${this.name}" sends more than one sender may`,
        Math.ceil(waitMs / 1_000),
      );
    }
    this.#requests?.take(1, nowMs);
  }

  /** Counts the bytes of a request that was let in. */
  charge(sizeBytes: number, nowMs: number): void {
    this.#bytes?.take(sizeBytes, nowMs);
  }
}

/** Whom a connection belongs to. */
interface Origin {
  readonly name: string;
  /** Of a connection from this machine; others count for their sender's. */
  readonly share: Share | undefined;
}

export class Senders {
  readonly #limits: SenderLimits;
  /** Who sent last is last. */
  readonly #senders = new Map<string, Sender>();
  readonly #origins = new WeakMap<Socket, Origin>();
  #forgottenRefusedCount = 0;

  constructor(limits: SenderLimits = {}) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#senders.size;
  }

  /** The sender at the other end, and the share of memory that its request counts for. */
  find(socket: Socket): { readonly sender: Sender; readonly share: Share } {
    let origin = this.#origins.get(socket);
    if (origin === undefined) this.#origins.set(socket, (origin = originOf(socket)));
    const sender = this.#senders.get(origin.name) ?? this.#create(origin.name);
    this.#senders.delete(origin.name);
    this.#senders.set(origin.name, sender);
    return { sender, share: origin.share ?? sender.share };
  }

  #create(name: string): Sender {
    if (this.#senders.size >= SENDERS_MAX) this.#forgetOne();
    return new Sender(name, this.#limits, Date.now());
  }

  #forgetOne(): void {
    for (const [name, sender] of this.#senders) {
      this.#forgottenRefusedCount += sender.refusedCount;
      this.#senders.delete(name);
      return;
    }
  }

  /** How often requests were refused to whom, most first; the rest of them under "others". */
  refused(): Record<string, number> {
    const refused = [...this.#senders.values()]
      .filter(({ refusedCount }) => refusedCount > 0)
      .toSorted((a, b) => b.refusedCount - a.refusedCount);
    const others = refused
      .slice(SHOWN_MAX)
      .reduce((sum, { refusedCount }) => sum + refusedCount, 0);
    const counts = Object.fromEntries(
      refused.slice(0, SHOWN_MAX).map(({ name, refusedCount }) => [name, refusedCount]),
    );
    const othersCount = others + this.#forgottenRefusedCount;
    return othersCount > 0 ? { ...counts, others: othersCount } : counts;
  }
}

function originOf(socket: Socket): Origin {
  const subject = subjectOf(socket);
  if (subject !== undefined) return { name: subject, share: undefined };
  const address = socket.remoteAddress ?? "";
  return isLoopback(address)
    ? { name: "localhost", share: new Share() }
    : { name: networkOf(address), share: undefined };
}

/** The common name of a certificate that TLS has checked. */
function subjectOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const name = socket.getPeerCertificate().subject?.CN;
  return typeof name === "string" ? name : name?.[0];
}

/** An IPv4 address, or the first half of an IPv6 address with `::/64`. */
export function networkOf(address: string): string {
  const mapped = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (isIPv4(mapped)) return mapped;
  if (!isIPv6(address)) return "unknown";
  const [text = ""] = address.split("%", 1); // the zone of a link-local address
  const [head = "", tail] = text.split("::", 2);
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  if (tail !== undefined) groups.push(...Array<string>(8 - groups.length - after.length).fill("0"));
  return `${[...groups, ...after].slice(0, 4).join(":")}::/64`;
}

function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./i.test(address);
}
