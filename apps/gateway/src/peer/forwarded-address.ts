import { isIP } from "node:net";
import type { TrustedProxies } from "@stave/sigv4-verify";

/** More proxies in a row than anybody has; what stands before them may be a client's invention. */
const maxProxies = 32;

/**
 * The right-most item that is no trusted proxy: the last one that somebody trusted has written. Undefined when that is no address:
 * what stands before it was written by whoever it hides.
 */
export function forwardedAddress(items: readonly string[], trustedProxies: TrustedProxies): string | undefined {
  let address: string | undefined;
  for (let index = items.length - 1; index >= 0; index -= 1) {
    if (items.length - index > maxProxies) return undefined;
    address = readAddress(items[index] ?? "");
    if (address === undefined || !trustedProxies.has(address)) return address;
  }
  return address;
}

/** A socket for both families shows an IPv4 address as one of IPv6. */
export function shortAddress(address: string | undefined): string | undefined {
  return address?.startsWith("::ffff:") && address.includes(".") ? address.slice("::ffff:".length) : address;
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function readAddress(item: string): string | undefined {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/.exec(item) ?? [];
  const address = bracketed ?? dotted ?? item;
  return isIP(address) === 0 ? undefined : shortAddress(address.toLowerCase());
}
