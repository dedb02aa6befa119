import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { TrustedProxies } from "@stave/sigv4-verify";
import { forwardedAddress, shortAddress } from "./forwarded-address.ts";

/** Who is asking: the other end of the connection, or whom a trusted proxy there speaks for. Nobody else's headers are believed. */
export type Peer = {
  /** Undefined when nobody can tell: the connection is gone, or a trusted proxy does not know. */
  readonly address: string | undefined;
  /** Whether the client speaks TLS, with this server or with the proxy. */
  readonly isEncrypted: boolean;
  /** The trusted proxy at the other end of the connection, if there is one. */
  readonly proxy: string | undefined;
};

export type FindPeer = (message: Pick<IncomingMessage, "socket" | "rawHeaders">) => Peer;

/**
 * Makes the one function that says who is asking, to be called once for each request.
 *
 * Of a trusted proxy `X-Forwarded-For` counts, its right-most address that is no trusted proxy, and the last `X-Forwarded-Proto`.
 * `Forwarded` is not read: a proxy that sets one of the two passes the other on as the client sent it.
 */
export function createFindPeer(trustedProxies: TrustedProxies | undefined): FindPeer {
  if (trustedProxies === undefined) return ({ socket }) => connectedPeer(socket);
  return ({ socket, rawHeaders }) => {
    const connected = connectedPeer(socket);
    const { address: proxy } = connected;
    if (proxy === undefined || !trustedProxies.has(proxy)) return connected;
    const addresses = listOf("x-forwarded-for", rawHeaders);
    const protocol = listOf("x-forwarded-proto", rawHeaders).at(-1);
    return {
      address: addresses.length === 0 ? proxy : forwardedAddress(addresses, trustedProxies),
      isEncrypted: protocol === undefined ? connected.isEncrypted : protocol.toLowerCase() === "https",
      proxy,
    };
  };
}

function connectedPeer(socket: IncomingMessage["socket"]): Peer {
  return {
    address: shortAddress(socket.remoteAddress),
    isEncrypted: socket instanceof TLSSocket,
    proxy: undefined,
  };
}

/** The items of all headers of this name, in order: each proxy adds to the end. */
function listOf(name: string, rawHeaders: readonly string[]): readonly string[] {
  const items: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== name) continue;
    for (const item of (rawHeaders[index + 1] ?? "").split(",")) items.push(item.trim());
  }
  return items;
}
