import { BlockList, isIP } from "node:net";

/** The peers whose `X-Forwarded-Host` is believed. */
export interface TrustedProxies {
  /** Whether this peer, as `socket.remoteAddress` names it, is one of them. */
  has(address: string): boolean;
}

/**
 * Creates the list that {@link verifyRequest} takes as `trustedProxies` from addresses and CIDR ranges, IPv4 and IPv6. One per
 * process. Throws a `TypeError` for an entry that is neither: a list with a hole in it would look like one that works.
 *
 * @example
 * const trustedProxies = createTrustedProxies(["127.0.0.1", "10.0.0.0/8", "fd00::/8"]);
 */
export function createTrustedProxies(entries: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", prefix, ...rest] = entry.split("/");
    const family = familyOf(address);
    const bits = prefix === undefined ? maxBits(family) : readBits(prefix);
    if (family === undefined || rest.length > 0 || !(bits <= maxBits(family))) {
      throw new TypeError(`Expected a trusted proxy to be an address or a CIDR range, got ${JSON.stringify(entry)}`);
    }
    list.addSubnet(address, bits, family);
  }

  return {
    has(address) {
      // A link-local peer comes with its interface: fe80::1%eth0.
      const [bare = ""] = address.split("%");
      const family = familyOf(bare);
      return family !== undefined && list.check(bare, family);
    },
  };
}

type Family = "ipv4" | "ipv6";

function familyOf(address: string): Family | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? "ipv4" : "ipv6";
}

function maxBits(family: Family | undefined): number {
  return family === "ipv4" ? 32 : 128;
}

function readBits(text: string): number {
  return /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
}
