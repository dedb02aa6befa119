import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { TrustedProxies } from "@stave/sigv4-verify";
import { shortAddress } from "../peer/forwarded-address.ts";
import { addressName } from "./address-name.ts";
import type { LimitKind } from "./limit-kind.ts";
import { slowDown } from "./slow-down.ts";

export interface ConnectionLimitsOptions {
  /** Of this process. @default no limit */
  readonly maxConnections?: number | undefined;
  /** Of this process; trusted proxies may have more. @default no limit */
  readonly maxConnectionsPerAddress?: number | undefined;
  readonly trustedProxies?: TrustedProxies | undefined;
  readonly onRefused?: ((limit: LimitKind) => void) | undefined;
}

export interface ConnectionLimits {
  /** To be asked when a request has arrived. Throws `SlowDown` for a connection that is one too many. */
  check(socket: Socket): void;
}

/** So many at a time are told why they are refused; the others are closed at once. */
const maxToldAtOnce = 100;
/** To send a request and read the answer. */
const maxRefusedMs = 5000;
const retryAfterSeconds = 1;

/** Counts the connections of a server that does not listen yet, and refuses those beyond the limits. */
export function limitConnections(server: Server, options: ConnectionLimitsOptions): ConnectionLimits {
  const { maxConnections, maxConnectionsPerAddress, trustedProxies, onRefused } = options;
  const refused = new Set<Socket>();
  const admittedOf = new Map<string, number>();
  let open = 0;

  if (maxConnections !== undefined) {
    // Unless it drops them, a process that has enough hands connections on to the next one: in circles, when all have.
    Object.assign(server, { maxConnections: maxConnections + maxToldAtOnce, dropMaxConnection: true });
    server.on("drop", () => onRefused?.("connections"));
  }

  const excess = (address: string | undefined): LimitKind | undefined => {
    if (maxConnections !== undefined && open - refused.size > maxConnections) return "connections";
    if (address === undefined || maxConnectionsPerAddress === undefined) return undefined;
    return (admittedOf.get(address) ?? 0) >= maxConnectionsPerAddress ? "connections-per-address" : undefined;
  };

  server.on("connection", (socket: Socket) => {
    open += 1;
    const address = maxConnectionsPerAddress === undefined ? undefined : nameOf(socket, trustedProxies);
    const limit = excess(address);
    if (limit === undefined) {
      if (address !== undefined) admittedOf.set(address, (admittedOf.get(address) ?? 0) + 1);
      socket.once("close", () => {
        open -= 1;
        if (address !== undefined) forget(admittedOf, address);
      });
      return;
    }
    onRefused?.(limit);
    const timer = setTimeout(() => socket.destroy(), maxRefusedMs);
    refused.add(socket);
    socket.once("close", () => {
      open -= 1;
      refused.delete(socket);
      clearTimeout(timer);
    });
    if (refused.size > maxToldAtOnce) socket.destroy();
  });

  return {
    check(socket) {
      if (refused.size > 0 && refused.has(socket)) throw slowDown(retryAfterSeconds, { connection: "close" });
    },
  };
}

/** Undefined for a connection that is not counted by its address. */
function nameOf({ remoteAddress }: Socket, trustedProxies: TrustedProxies | undefined): string | undefined {
  if (remoteAddress === undefined || trustedProxies?.has(remoteAddress)) return undefined;
  return addressName(shortAddress(remoteAddress));
}

function forget(counts: Map<string, number>, address: string): void {
  const count = (counts.get(address) ?? 0) - 1;
  if (count > 0) counts.set(address, count);
  else counts.delete(address);
}
