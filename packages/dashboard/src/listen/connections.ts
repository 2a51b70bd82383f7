// connections.ts — the connections of all ports together: how many there may be, and which one makes room.
//
//   new ──▶ waits for its client ◀──▶ is answered
//              └── closed when a new one finds no room: the one that waits longest
//
// Ten thousand clients that connect and say nothing must not keep out the next one, which has something to say. So a
// port that is full closes who waits, and refuses only when everybody is being answered.

import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Station } from "../self/self.ts";

/** Where a process may open fewer files, half of them; the other half is for segments, the engine and pages. */
const CONNECTIONS_MAX = 10_000;

/** Why we closed a connection that its client would have kept. */
export type CutReason =
  /** It waited, and another one needed the room. */
  | "evicted"
  /** There was no room, and everybody else was being answered. */
  | "refused"
  /** Its request, or the first word of it, did not come in time. */
  | "slow"
  /** It did not read its answer, or did not answer a ping. */
  | "silent"
  /** It did not speak the protocol of the port, or broke its rules. */
  | "malformed"
  /** No TLS came about. */
  | "tls";

const REASONS: readonly CutReason[] = ["evicted", "refused", "slow", "silent", "malformed", "tls"];

export class Connections {
  readonly #station: Station;
  readonly #max: number;
  /** By address and port of both ends, which a TLS socket shares with the one below; who was busy last is last. */
  readonly #connections = new Map<string, Connection>();

  /** @param station counts what was cut, by its reason */
  constructor(station: Station, max: number) {
    this.#station = station;
    this.#max = max;
    for (const reason of REASONS) station.count(`connections_${reason}`, 0);
  }

  get count(): number {
    return this.#connections.size;
  }

  /** Takes in a new connection; undefined when there is no room, and then it is closed already. */
  add(socket: Socket): Connection | undefined {
    const key = keyOf(socket);
    if (this.#connections.size >= this.#max && !this.#evictOne()) {
      this.#station.count("connections_refused");
      socket.destroy();
      return undefined;
    }
    const connection = new Connection(
      socket,
      (reason) => this.#station.count(`connections_${reason}`),
      () => {
        if (this.#connections.delete(key)) this.#connections.set(key, connection);
      },
    );
    this.#connections.set(key, connection);
    socket.once("close", () => {
      if (this.#connections.get(key) === connection) this.#connections.delete(key);
    });
    return connection;
  }

  /** The connection of a socket, or of the TLS in it; undefined when it is closed. */
  find(socket: Socket): Connection | undefined {
    return this.#connections.get(keyOf(socket));
  }

  /** A handshake came to nothing, or to no end, and its socket is closed. A client that goes away is its own affair. */
  noteTlsError(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    const isOurs = error.code !== "ECONNRESET" || Boolean(socket.authorizationError);
    if (isOurs) this.#station.count("connections_tls");
    socket.destroy();
  }

  #evictOne(): boolean {
    for (const [key, connection] of this.#connections) {
      if (connection.isAnswered()) continue;
      this.#connections.delete(key);
      connection.cut("evicted");
      return true;
    }
    return false;
  }
}

/** One open connection. Its port says how it goes. */
export class Connection {
  readonly #socket: Socket;
  readonly #count: (reason: CutReason) => void;
  #isCut = false;
  /** It was just busy: others are closed before it. */
  readonly touch: () => void;
  /** Whether its client has said everything and waits for us. */
  isAnswered: () => boolean = () => false;

  constructor(socket: Socket, count: (reason: CutReason) => void, touch: () => void) {
    this.#socket = socket;
    this.#count = count;
    this.touch = touch;
  }

  /** Closes it at once, and counts the first reason. */
  cut(reason: CutReason): void {
    if (!this.#isCut) this.#count(reason);
    this.#isCut = true;
    this.#socket.destroy();
  }
}

/** Absent addresses belong to sockets that are closed already. */
function keyOf({ remoteAddress, remotePort, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}

/** How many connections this process may have open, by the limit of its files. */
export function connectionsMax(): number {
  const filesMax = openFilesMax();
  return filesMax === undefined
    ? CONNECTIONS_MAX
    : Math.min(CONNECTIONS_MAX, Math.floor(filesMax / 2));
}

/** RLIMIT_NOFILE, which Node tells in its report only; undefined where there is none. */
function openFilesMax(): number | undefined {
  const reporter: typeof process.report & { excludeNetwork?: boolean } = process.report;
  const { excludeNetwork = false } = reporter;
  reporter.excludeNetwork = true; // it would look up the name of every address
  const report = reporter.getReport() as {
    userLimits?: { open_files?: { soft: number | "unlimited" } };
  };
  reporter.excludeNetwork = excludeNetwork;
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : undefined;
}
