import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Transform } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/** A Unix socket, or a port of this machine. */
export type Place = { readonly path: string } | { readonly port: number };

/** Passes bytes on, until it is told to do worse. What it is told holds for the connections that are open, too. */
export interface UnreliableProxy {
  /** Of a proxy that listens on a port. */
  readonly port: number;
  /** As it should be; what has waited goes on its way. */
  pass(): void;
  /** Takes connections and whatever comes, and passes nothing on. */
  hang(): void;
  /** Passes each piece on so much later. */
  delay(ms: number): void;
  /** Ends all connections, and each new one as soon as it comes. */
  cut(): void;
  /** Passes so many bytes of answers on, then cuts. */
  cutAfter(sizeBytes: number): void;
  close(): Promise<void>;
}

/** Stands before a server at `to`; at `at` a port of 0 is any free one. */
export async function startUnreliableProxy({
  at,
  to,
}: {
  readonly at: Place;
  readonly to: Place;
}): Promise<UnreliableProxy> {
  let mode: "pass" | "hang" | "cut" = "pass";
  let delayMs = 0;
  let bytesLeft = Number.POSITIVE_INFINITY;
  let changed = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const change = (next: typeof mode, { waitMs = 0, sizeBytes = Number.POSITIVE_INFINITY } = {}) => {
    [mode, delayMs, bytesLeft] = [next, waitMs, sizeBytes];
    changed.resolve();
    changed = Promise.withResolvers();
    if (mode === "cut") for (const socket of sockets) socket.destroy();
  };
  const passage = (isAnswer: boolean) =>
    new Transform({
      async transform(piece: Buffer, _, done) {
        while (mode === "hang") await changed.promise;
        if (delayMs > 0) await delay(delayMs);
        if (isAnswer) bytesLeft -= piece.length;
        if (bytesLeft >= 0) done(null, piece);
        else change("cut");
      },
    });
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (mode === "cut") return void client.destroy();
    const upstream = connect({ ...to, allowHalfOpen: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        if (socket.readableAborted || socket.errored) other.destroy();
      });
    }
    client.pipe(passage(false)).pipe(upstream);
    upstream.pipe(passage(true)).pipe(client);
  });
  server.listen("path" in at ? at : { ...at, host: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address() as AddressInfo | string;

  return {
    port: typeof address === "string" ? 0 : address.port,
    pass: () => change("pass"),
    hang: () => change("hang"),
    delay: (waitMs) => change("pass", { waitMs }),
    cut: () => change("cut"),
    cutAfter: (sizeBytes) => change("pass", { sizeBytes }),
    async close() {
      change("cut");
      server.close();
      await once(server, "close");
    },
  };
}
