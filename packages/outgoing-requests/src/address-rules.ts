import { BlockList, isIP } from "node:net";

/** Where this server may connect to on its own account. */
export interface AddressRules {
  allows(address: string): boolean;
}

/**
 * Everything that is not a public address: this machine, its networks, cloud metadata, and forms of IPv6 that stand for an
 * IPv4 address. https://www.iana.org/assignments/iana-ipv4-special-registry, .../iana-ipv6-special-registry
 */
const specialNetworks = {
  ipv4: [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
  ],
  ipv6: [
    "::/96",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "fc00::/7",
    "fe80::/9",
    "ff00::/8",
  ],
};

/** Public addresses, and those in `allowedNetworks`. Throws a `TypeError` for what is no network. */
export function createAddressRules(allowedNetworks: readonly string[]): AddressRules {
  const allowed = createList(allowedNetworks);
  // Apart, because a list takes an IPv4 address for the IPv6 address that stands for it, too.
  const special = { ipv4: createList(specialNetworks.ipv4), ipv6: createList(specialNetworks.ipv6) };
  return {
    allows(address) {
      const family = familyOf(address);
      return family !== undefined && (allowed.check(address, family) || !special[family].check(address, family));
    },
  };
}

function createList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits = "", ...rest] = network.split("/");
    const family = familyOf(address);
    const max = family === "ipv4" ? 32 : 128;
    if (family === undefined || !/^\d{1,3}$/.test(bits) || Number(bits) > max || rest.length > 0) {
      throw new TypeError(`Expected a network such as 10.0.0.0/8 or fd00::/8, got ${JSON.stringify(network)}.`);
    }
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? "ipv4" : "ipv6";
}
