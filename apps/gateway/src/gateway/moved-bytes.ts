import type { Socket } from "node:net";

export type MovedBytes = { readonly receivedBytes: number; readonly sentBytes: number };

/** Tells what a connection has moved since it was asked last: with one request after the other, what each has, heads included. */
export function createByteCounter(): (socket: Socket) => MovedBytes {
  const counted = new WeakMap<Socket, { received: number; sent: number }>();
  return (socket) => {
    const { bytesRead, bytesWritten } = socket;
    const before = counted.get(socket);
    if (before === undefined) {
      counted.set(socket, { received: bytesRead, sent: bytesWritten });
      return { receivedBytes: bytesRead, sentBytes: bytesWritten };
    }
    const moved = { receivedBytes: bytesRead - before.received, sentBytes: bytesWritten - before.sent };
    before.received = bytesRead;
    before.sent = bytesWritten;
    return moved;
  };
}
