// quiet-sockets.ts — keeps gRPC's connections from keeping the app alive.
//
// A process that has nothing else to do must end, also while a receiver hangs. node:http lets us unref each socket; the
// gRPC library has no such door and refs its socket while a call is under way. So the socket is taken when Node
// announces it, and its `ref` is made to do nothing. Only sockets that are opened in a context of ours are touched.

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { createContextKey } from "@opentelemetry/api";
import { activeContext } from "../../context/context.ts";

/** Set in the context of our calls. */
export const QUIET_KEY: symbol = createContextKey("telemetry quiet sockets");

/** https://nodejs.org/api/diagnostics_channel.html#built-in-channels */
const SOCKET_CHANNEL = "net.client.socket";

/** From now on sockets that are opened in a quiet context let the process end. Returns the function that stops it. */
export function quietenSockets(): () => void {
  const onSocket = (message: unknown): void => {
    if (activeContext().getValue(QUIET_KEY) !== true) return;
    const { socket } = message as { socket: Socket };
    // Its handle is made right after the announcement.
    queueMicrotask(() => quieten(socket));
  };
  subscribe(SOCKET_CHANNEL, onSocket);
  return () => unsubscribe(SOCKET_CHANNEL, onSocket);
}

function quieten(socket: Socket): void {
  socket.unref();
  socket.ref = () => socket;
  // TLS refs the handle below, past the socket.
  const { _handle: handle } = socket as Socket & { _handle?: { ref?: () => void } | null };
  if (handle) handle.ref = () => {};
}

/**
 * While a call waits for a connection, the channel holds a timer for the only purpose of keeping the process alive. This
 * puts one in its place that does not. A library without that timer is left as it is: the process then ends with the call.
 */
export function quietenChannel(channel: object): void {
  const { internalChannel } = channel as { internalChannel?: object };
  if (internalChannel === undefined || !("callRefTimer" in internalChannel)) return;
  const quiet = { hasRef: () => true, ref: () => {}, unref: () => {} };
  Object.defineProperty(internalChannel, "callRefTimer", { get: () => quiet, set: () => {} });
}
